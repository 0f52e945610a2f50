import { AppError } from "@footfall/base";
import { changesTopic, comparePositions, type ChangeEvent, readChange } from "@footfall/changes";
import type { AppendRecord, EventLog } from "@footfall/log";
import type { FeedRow } from "../../src/feed-row.ts";
import { importFeed } from "../../src/catalogue/import-feed.ts";
import { openRowStore } from "../../src/catalogue/row-store.ts";
import { type Product } from "../../src/product/product.ts";
import { readProduct } from "../../src/product/read-product.ts";

export type Catalogue = ReadonlyMap<string, Product>;

export function productOf(itemId: string, fields: Readonly<Record<string, string>> = {}): Product {
  const read = readProduct(new Map(Object.entries({ id: itemId, ...fields })));
  if ("problem" in read) throw new Error(read.problem.reason);
  return read.product;
}

export async function* feedOf(products: Iterable<Product>, bad: readonly FeedRow[] = []) {
  let line = 0;
  const batch: FeedRow[] = [];
  for (const product of products) batch.push({ line: (line += 1), product });
  yield [...batch, ...bad];
}

export interface ImportSettings {
  readonly log: EventLog;
  readonly folder: string;
  readonly table?: string;
  readonly nowMs?: number;
  readonly isPartial?: boolean;
  readonly allowDeletes?: boolean;
  readonly isDryRun?: boolean;
  readonly deletesShareMax?: number;
  readonly badRowsShareMax?: number;
  readonly signal?: AbortSignal;
}

export async function runImport(feed: AsyncIterable<readonly FeedRow[]>, settings: ImportSettings) {
  const { log, folder, table = "products", nowMs = 1_700_000_000_000, ...others } = settings;
  const store = await openRowStore(folder);
  try {
    return await importFeed(feed, {
      isPartial: false,
      allowDeletes: false,
      deletesShareMax: 1,
      badRowsShareMax: 1,
      ...others,
      log,
      store,
      table: { schema: "shop", table },
      source: { name: "catalogue", database: "feed", version: "1" },
      clock: () => nowMs,
      random: () => 0.5,
      partitions: 3,
    });
  } finally {
    await store.close();
  }
}

/** What a consumer of the topic comes to, in the order of the log or by position, and the changes on the way. */
export async function foldTopic(log: EventLog, table = "products") {
  const topic = changesTopic({ schema: "shop", table });
  const [byOrder, newest] = [new Map<string, unknown>(), new Map<string, ChangeEvent>()];
  const changes: ChangeEvent[] = [];
  let tombstones = 0;
  if (!(await log.topics()).some(({ name }) => name === topic))
    return { byOrder, byPosition: byOrder, changes, tombstones };
  for (const [partition, { startOffset }] of (await log.offsets(topic)).entries()) {
    for await (const { records } of log.read({ topic, partition, startOffset })) {
      for (const record of records) {
        const read = readChange(record);
        if (read.is === "tombstone") tombstones += 1;
        if (read.is === "unreadable") throw new Error(read.reason);
        if (read.is !== "change") continue;
        const { change } = read;
        changes.push(change);
        const itemId = String(change.key["item_id"]);
        if (change.after === undefined) byOrder.delete(itemId);
        else byOrder.set(itemId, change.after);
        const known = newest.get(itemId);
        if (known === undefined || comparePositions(known.position, change.position) < 0) newest.set(itemId, change);
      }
    }
  }
  const rows = [...newest].map(([itemId, { after }]) => [itemId, after] as const);
  return { byOrder, byPosition: new Map(rows.filter(([, after]) => after !== undefined)), changes, tombstones };
}

/** A log whose broker goes away after so many more records. */
export function failingLog(log: EventLog, recordsLeft: number): EventLog {
  let left = recordsLeft;
  return new Proxy(log, {
    get(target, name: keyof EventLog) {
      if (name !== "append") return (target[name] as (...args: unknown[]) => unknown).bind(target);
      return async (topic: string, records: readonly AppendRecord[]) => {
        const taken = records.slice(0, left);
        left -= taken.length;
        const places = taken.length > 0 ? await target.append(topic, taken) : [];
        if (taken.length === records.length) return places;
        throw new AppError("LOG_UNAVAILABLE", "The broker is gone.", { retriable: true });
      };
    },
  });
}
