import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { changesTopic, readChange, type Row } from "@footfall/changes";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { storageFolders } from "@footfall/runtime";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { startPostgres } from "@footfall/testkit/postgres";
import type { Client } from "pg";
import { startApp } from "../../test/app-process.ts";
import { connect } from "../../test/cdc/captured-database.ts";
import { writeForever } from "../../test/cdc/write-forever.ts";
import type { BenchOptions, BenchResult } from "../bench-result.ts";
import { runAsCommand } from "../run-as-command.ts";

const topic = changesTopic({ schema: "public", table: "products" });
const changesPerSecond = 500;
const seed = 19;
const patient = { deadlineMs: 1_800_000, intervalMs: 100 };

/**
 * The first copy of a table while it is written: from the start of the capture until its topic holds each row, beside
 * PostgreSQL's own `COPY TO` a file, which nobody could go on from. At the end the topic must equal the table.
 */
export async function run({ isSmall }: BenchOptions): Promise<BenchResult[]> {
  const rows = isSmall ? 20_000 : 1_000_000;
  const [storage, database] = [await temporaryFolder(), await temporaryFolder()];
  const stops: (() => Promise<unknown>)[] = [() => storage.remove(), () => database.remove()];
  try {
    const server = await startPostgres({ folder: database.path });
    stops.push(() => server.stop());
    const client = await connect(server.url());
    stops.push(() => client.end());
    await createProducts(client, rows);
    const file = join(database.path, "data", "products.copy");
    const copyMs = await timeOf(() => client.query(`copy products to '${file}'`));
    const copyBytes = (await stat(file)).size;

    const writer = await writeForever(server.url(), {
      table: "products",
      keysMax: rows,
      seed,
      withTruncate: false,
      rate: changesPerSecond,
    });
    stops.push(() => writer.stop());
    const writtenBefore = writer.count();
    const capture = await startApp("cdc", storage.path, {
      FOOTFALL_CDC_URL: server.url(),
      FOOTFALL_CDC_TABLES: "public.products,public.beacon",
    });
    stops.push(() => capture.stop());
    const progressFile = join(storageFolders(storage.path).cdc, "footfall.json");
    const snapshotMs = await timeOf(() =>
      waitFor(() => isCopied(progressFile), { ...patient, what: "the first copy to be whole" }),
    );
    const changes = writer.count() - writtenBefore;
    await writer.stop();
    await client.query("insert into beacon values (1)");
    const log = await openEmbeddedLog({ folder: storageFolders(storage.path).log });
    stops.push(() => log.close());
    const beacon = changesTopic({ schema: "public", table: "beacon" });
    const hasCome = async (): Promise<boolean> =>
      (await log.offsets(beacon).catch(() => [])).some(({ endOffset }) => endOffset > 0n);
    await waitFor(hasCome, { ...patient, what: "the last change to come through" });
    const { held, reads } = await replayTopic(log);
    const different = await countDifferent(client, held);
    const [ours, reference] = [rows / (snapshotMs / 1_000), rows / (copyMs / 1_000)];
    return [
      {
        name: "snapshot/rows",
        unit: "rows/s",
        ours: Math.round(ours),
        reference: Math.round(reference),
        ratio: ours / reference,
        floor: "the topic equals the table",
        holds: different === 0,
        details: { rows, changesMeanwhile: changes, reads, different, copyBytes },
      },
    ];
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function createProducts(client: Client, rows: number): Promise<void> {
  await client.query("create table products (id int primary key, name text, price numeric(10,2), body text)");
  await client.query("create table beacon (id int primary key)");
  await client.query(
    "insert into products select i, 'item ' || i, i / 7.0, repeat('x', 20 + i % 100) from generate_series(1, $1) i",
    [rows],
  );
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

async function isCopied(progressFile: string): Promise<boolean> {
  const text = await readFile(progressFile, "utf8").catch(() => undefined);
  if (text === undefined) return false;
  const { tables } = JSON.parse(text) as { tables: Record<string, { state: string }> };
  return Object.values(tables).every(({ state }) => state === "done");
}

/** What a reader of the topic holds at its end: text of each row, by id. A row's changes are in one partition. */
async function replayTopic(log: Awaited<ReturnType<typeof openEmbeddedLog>>) {
  const held = new Map<number, string>();
  let reads = 0;
  for (const [partition, { startOffset }] of (await log.offsets(topic)).entries()) {
    for await (const { records } of log.read({ topic, partition, startOffset })) {
      for (const record of records) {
        const read = readChange(record);
        if (read.is === "unreadable") throw new Error(read.reason);
        if (read.is !== "change") continue;
        const { key, after, operation } = read.change;
        if (operation === "read") reads += 1;
        if (after) held.set(Number(key["id"]), textOf(after));
        else held.delete(Number(key["id"]));
      }
    }
  }
  return { held, reads };
}

/** Rows that only one of both has, or each otherwise. */
async function countDifferent(client: Client, held: Map<number, string>): Promise<number> {
  let [different, lastId, found] = [0, -1, 0];
  for (;;) {
    const { rows } = await client.query<Row>(
      "select id, name, price::text, body from products where id > $1 order by id limit 20000",
      [lastId],
    );
    if (rows.length === 0) break;
    for (const row of rows) {
      lastId = Number(row["id"]);
      if (held.has(lastId)) found += 1;
      if (held.get(lastId) !== textOf(row)) different += 1;
    }
  }
  return different + held.size - found;
}

function textOf({ id, name, price, body }: Row): string {
  return JSON.stringify([Number(id), name, price, body]);
}

await runAsCommand(import.meta.url, run);
