import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom } from "@footfall/base";
import { type ChangeEvent, readChange } from "@footfall/changes";
import { readAll, waitFor } from "@footfall/testkit";
import type { PostgresServer } from "@footfall/testkit/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppProcess, startApp } from "../app-process.ts";
import { type CapturedDatabase, connect, openDatabase, openServer, patient } from "./captured-database.ts";
import { canRunPostgres } from "./postgres-or-skip.ts";

const answersWanted = Number(process.env["FOOTFALL_CDC_ANSWERS"] ?? 10_000);
const seed = Number(process.env["FC_SEED"] ?? 3);
const items = 200;
const changesPerSecond = 60;
const connections = 8;
/** How late an answer may be. */
const lateMaxMs = 1_000;
const topic = "cdc.public.products";

interface Answer {
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  readonly itemIds: ReadonlySet<string>;
}

/** What a change said of an item, and when the log had it. */
interface StockChange {
  readonly atMs: number;
  readonly isInStock: boolean;
}

describe.runIf(canRunPostgres())("what is out of stock", () => {
  let server: PostgresServer;
  let shop: CapturedDatabase;
  const apps: AppProcess[] = [];
  beforeAll(async () => {
    server = await openServer();
    shop = await openDatabase(server);
    await shop.query("create table products (id int primary key, title text, in_stock boolean)");
    await shop.query(`insert into products select i, 'item ' || i, i % 2 = 0 from generate_series(1, ${items}) i`);
  });
  afterAll(async () => {
    for (const app of apps) await app.stop();
    await shop?.close();
    await server?.stop();
  });

  it("is in no answer that begins a second after its change is in the topic", async () => {
    const catalogues = join(shop.folder, "catalogues.yaml");
    await writeFile(catalogues, "catalogues:\n  - { tenant: demo, table: public.products, columns: { id: itemId } }\n");
    apps.push(
      await startApp("cdc", shop.folder, {
        FOOTFALL_CDC_URL: shop.url,
        FOOTFALL_CDC_TABLES: "public.products,public.beacon",
        FOOTFALL_CDC_SLOT: shop.slot,
        FOOTFALL_CDC_PUBLICATION: shop.slot,
      }),
    );
    await shop.copied();
    const recommender = await startApp("recommender", shop.folder, {
      FOOTFALL_RECOMMENDER_CATALOGUES_FILE: catalogues,
    });
    apps.push(recommender);
    const url = `${recommender.url}/recommendations?inStock=true&limit=100`;
    await waitFor(async () => (await askOnce(url)).itemIds.size === items / 2, patient);

    const stopping = new AbortController();
    const changing = keepChanging(shop.url, stopping.signal);
    const answers: Answer[] = [];
    const ask = async (): Promise<void> => {
      while (answers.length < answersWanted) answers.push(await askOnce(url));
    };
    await Promise.all(Array.from({ length: connections }, ask));
    stopping.abort();
    expect(await changing).toBeGreaterThan(items / 2);

    const stock = await stockChanges();
    const { checked, violations } = check(answers, stock, 0);
    expect(violations.slice(0, 3)).toEqual([]);
    expect(answers.length).toBeGreaterThanOrEqual(answersWanted);
    // What was out for more than a second while an answer was made, summed over all.
    expect(checked).toBeGreaterThan(answersWanted * 10);
    // The same answers as if each had begun later: what has gone out meanwhile must be found.
    expect(check(answers, stock, 3_000).violations.length).toBeGreaterThan(0);
  });

  /** By item, in the order of the topic; the time is when the append began, before it was acknowledged. */
  async function stockChanges(): Promise<Map<string, StockChange[]>> {
    const byItem = new Map<string, StockChange[]>();
    for (const partition of (await shop.log.offsets(topic)).keys()) {
      for (const record of await readAll(shop.log, topic, partition)) {
        const read = readChange(record);
        if (read.is !== "change") continue;
        const { key, after }: ChangeEvent = read.change;
        const itemId = String(key["id"]);
        const changes = byItem.get(itemId) ?? [];
        changes.push({ atMs: record.appendedAtMs, isInStock: after!["in_stock"] === true });
        byItem.set(itemId, changes);
      }
    }
    return byItem;
  }
});

async function askOnce(url: string): Promise<Answer> {
  const beganAtMs = Date.now();
  const { items: shown } = (await (await fetch(url)).json()) as { items: { itemId: string }[] };
  return { beganAtMs, endedAtMs: Date.now(), itemIds: new Set(shown.map(({ itemId }) => itemId)) };
}

/** Turns the stock of one item after the other, each to what it was not. @returns how many it turned */
async function keepChanging(url: string, stopping: AbortSignal): Promise<number> {
  const client = await connect(url);
  const random = seededRandom(seed);
  const startMs = performance.now();
  let count = 0;
  while (!stopping.aborted) {
    const id = 1 + Math.floor(items * random());
    await client.query("update products set in_stock = not in_stock where id = $1", [id]);
    count += 1;
    const aheadMs = (count / changesPerSecond) * 1_000 - (performance.now() - startMs);
    if (aheadMs > 0) await new Promise((resolve) => setTimeout(resolve, aheadMs));
  }
  await client.end();
  return count;
}

/**
 * Looks, for each answer, at the items that were out of stock from `lateMaxMs` before it began until it ended.
 * @param laterMs  pretends that answers began and ended so much later
 */
function check(
  answers: readonly Answer[],
  stock: ReadonlyMap<string, readonly StockChange[]>,
  laterMs: number,
): { readonly checked: number; readonly violations: string[] } {
  let checked = 0;
  const violations: string[] = [];
  for (const { beganAtMs, endedAtMs, itemIds } of answers) {
    const [fromMs, untilMs] = [beganAtMs + laterMs - lateMaxMs, endedAtMs + laterMs];
    for (const [itemId, changes] of stock) {
      if (wasInStock(changes, fromMs, untilMs)) continue;
      checked += 1;
      if (itemIds.has(itemId)) violations.push(`item ${itemId} in an answer begun at ${beganAtMs}`);
    }
  }
  return { checked, violations };
}

/** Whether it was so at any moment from `fromMs` to `untilMs`. */
function wasInStock(changes: readonly StockChange[], fromMs: number, untilMs: number): boolean {
  let before = true;
  for (const { atMs, isInStock } of changes) {
    if (atMs < fromMs) before = isInStock;
    else if (atMs <= untilMs && isInStock) return true;
  }
  return before;
}
