import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { readAll, temporaryFolder, waitFor } from "@footfall/testkit";
import { startPostgres } from "@footfall/testkit/postgres";
import { Client } from "pg";
import { startApp } from "../../test/app-process.ts";
import type { BenchOptions, BenchResult } from "../bench-result.ts";
import { runAsCommand } from "../run-as-command.ts";

const topic = "cdc.public.products";
const items = 20_000;
/** Of these one at a time is measured; the others are what else the shop changes meanwhile. */
const probes = 50;
const backgroundPerSecond = 100;
const lateMaxMs = 1_000;
const patient = { deadlineMs: 60_000, intervalMs: 50 };

/**
 * How long until a change of the shop's table matters: from the end of a committed UPDATE in PostgreSQL, through a
 * capture and the embedded log, to the first filtered answer over HTTP that knows it. Capture and recommender are
 * processes of their own, and other rows change meanwhile.
 */
export async function run({ isSmall }: BenchOptions): Promise<BenchResult[]> {
  const changes = isSmall ? 40 : 400;
  const [storage, database] = [await temporaryFolder(), await temporaryFolder()];
  const stops: (() => Promise<unknown>)[] = [() => storage.remove(), () => database.remove()];
  try {
    const server = await startPostgres({ folder: database.path });
    stops.push(() => server.stop());
    const client = new Client(server.url());
    await client.connect();
    stops.push(() => client.end());
    await createProducts(client);
    const capture = await startApp("cdc", storage.path, {
      FOOTFALL_CDC_URL: server.url(),
      FOOTFALL_CDC_TABLES: "public.products",
    });
    stops.push(() => capture.stop());
    const catalogues = join(storage.path, "catalogues.yaml");
    await writeFile(catalogues, "catalogues: [{ tenant: demo, table: public.products, columns: { id: itemId } }]\n");
    const recommender = await startApp("recommender", storage.path, {
      FOOTFALL_RECOMMENDER_CATALOGUES_FILE: catalogues,
    });
    stops.push(() => recommender.stop());
    await waitFor(() => isShown(recommender.url, items), { ...patient, what: "the catalogue to be read" });
    const ending = new AbortController();
    const background = keepChanging(server.url(), ending.signal);
    const probed = await probe(client, recommender.url, changes).finally(() => ending.abort());
    const setting = { items, backgroundPerSecond, backgroundChanges: await background };
    return [resultOf(probed, await appendTimes(join(storage.path, "log")), setting)];
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function createProducts(client: Client): Promise<void> {
  await client.query(
    "create table products (id int primary key, title text, brand text, price numeric(10,2), in_stock boolean)",
  );
  await client.query(
    `insert into products select i, 'item ' || i, 'brand-' || i, i / 7.0, true from generate_series(1, ${items}) i`,
  );
}

interface Probe {
  readonly id: number;
  /** When the UPDATE had been committed, ms since the epoch. */
  readonly committedAtMs: number;
  /** From then until an answer knew it. */
  readonly delayMs: number;
}

/** Takes one item after the other out of stock and back. */
async function probe(client: Client, url: string, changes: number): Promise<Probe[]> {
  const probed: Probe[] = [];
  for (let change = 0; change < changes; change++) {
    const id = 1 + (change % probes);
    const isInStock = Math.floor(change / probes) % 2 === 1;
    await client.query("update products set in_stock = $2 where id = $1", [id, isInStock]);
    const [startMs, committedAtMs] = [performance.now(), Date.now()];
    while ((await isShown(url, id)) !== isInStock) {
      if (performance.now() - startMs > 30_000) throw new Error("a change did not change the answer within 30 s");
      await pause(1);
    }
    probed.push({ id, committedAtMs, delayMs: performance.now() - startMs });
    await pause(5);
  }
  return probed;
}

/** By item, when the log took its changes. */
async function appendTimes(folder: string): Promise<Map<number, number[]>> {
  const log = await openEmbeddedLog({ folder });
  const times = new Map<number, number[]>();
  for (const partition of (await log.offsets(topic)).keys()) {
    for (const record of await readAll(log, topic, partition)) {
      const { id } = JSON.parse(record.key ?? "{}") as { id: number };
      times.set(id, [...(times.get(id) ?? []), record.appendedAtMs]);
    }
  }
  await log.close();
  return times;
}

async function isShown(url: string, id: number): Promise<boolean> {
  const response = await fetch(`${url}/recommendations?inStock=true&brand=brand-${id}&limit=1`);
  const { items: shown } = (await response.json()) as { items: { itemId: string }[] };
  return shown.some(({ itemId }) => itemId === String(id));
}

/** Changes prices of other items on a fixed schedule. @returns how many */
async function keepChanging(url: string, ending: AbortSignal): Promise<number> {
  const client = new Client(url);
  await client.connect();
  const startMs = performance.now();
  let count = 0;
  while (!ending.aborted) {
    const id = probes + 1 + Math.floor((items - probes) * Math.random());
    await client.query("update products set price = price + 1 where id = $1", [id]);
    count += 1;
    await pause(Math.max(0, startMs + (count * 1_000) / backgroundPerSecond - performance.now()));
  }
  await client.end();
  return count;
}

function resultOf(
  probed: readonly Probe[],
  appendedAtMs: ReadonlyMap<number, readonly number[]>,
  setting: Record<string, number>,
): BenchResult {
  const sorted = probed.map(({ delayMs }) => delayMs).sort((a, b) => a - b);
  const toLog = probed
    .map(({ id, committedAtMs }, at) => {
      // The first record of an item is its copy, and probes take the items in turn.
      const appended = appendedAtMs.get(id)?.[1 + Math.floor(at / probes)] ?? Infinity;
      return Math.max(0, appended - committedAtMs);
    })
    .sort((a, b) => a - b);
  return {
    name: "catalogue-freshness/answer",
    unit: "ms, p99",
    ours: percentile(sorted, 0.99),
    reference: null,
    ratio: null,
    floor: `p99 < ${lateMaxMs} ms`,
    holds: percentile(sorted, 0.99) < lateMaxMs,
    details: {
      ...setting,
      measured: sorted.length,
      p50Ms: percentile(sorted, 0.5),
      maxMs: percentile(sorted, 1),
      toLogP50Ms: percentile(toLog, 0.5),
      toLogP99Ms: percentile(toLog, 0.99),
    },
  };
}

function percentile(sorted: readonly number[], share: number): number {
  return Math.round(sorted[Math.floor(share * (sorted.length - 1))]! * 10) / 10;
}

await runAsCommand(import.meta.url, run);
