import { join } from "node:path";
import { seededRandom, uuidv7 } from "@footfall/base";
import { type ChangeEvent, changeRecords, changesTopic } from "@footfall/changes";
import { topics } from "@footfall/events";
import type { AppendRecord, EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { openModelStore, sha256Hex } from "@footfall/models";
import { encodeModel } from "@footfall/similarity";
import { itemIdOf, syntheticModel } from "../rank/synthetic-model.ts";

/** The table whose changes are the catalogue of the served shop. */
export const catalogueTable = { schema: "bench", table: "products" } as const;

export interface ServedShape {
  readonly items: number;
  readonly visitors: number;
  /** Of the sessions that the model holds; 0: it holds lists alone. */
  readonly clicks?: number;
}

/** Fills a storage folder with what the recommender reads: a published model, and the last clicks of visitors. */
export async function fillStorage(storageDir: string, { items, visitors, clicks = 0 }: ServedShape): Promise<void> {
  // The visitors' clicks are newer.
  const trainedUntilMs = Date.now() - 3_600_000;
  const model = syntheticModel({ items, neighbors: 100, seed: 1, clicks, trainedUntilMs });
  const encoded = encodeModel(model, { ...model.manifest, sessions: 1, interactions: 1 }, sha256Hex);
  await openModelStore(join(storageDir, "models"), "demo").publishModel(encoded, Date.now());
  const log = await openEmbeddedLog({ folder: join(storageDir, "log") });
  await log.createTopic({ name: topics.clicks, partitions: 4 });
  const random = seededRandom(3);
  for (let visitor = 0; visitor < visitors;) {
    const records = [];
    for (; records.length < 5_000 && visitor < visitors; visitor++) records.push(...clicksOf(visitor, items, random));
    await log.append(topics.clicks, records);
  }
  await fillCatalogue(log, items);
  await log.close();
}

/** Every item, nine of ten in stock; one in a hundred is rare, spread over all places of popularity. */
async function fillCatalogue(log: EventLog, items: number): Promise<void> {
  const topic = changesTopic(catalogueTable);
  await log.createTopic({ name: topic, partitions: 4 });
  for (let start = 0; start < items; start += 5_000) {
    const records = [];
    for (let index = start; index < Math.min(items, start + 5_000); index++) records.push(...changesOf(index));
    await log.append(topic, records);
  }
}

function changesOf(index: number): readonly AppendRecord[] {
  const after = {
    item_id: itemIdOf(index),
    brand: `brand-${index % 500}`,
    category: `Department ${index % 10} > Shelf ${index % 300}`,
    price: `${1 + (index % 200)}.90`,
    in_stock: index % 10 !== 3,
    rarity: index % 100 === 7 ? "rare" : "plain",
  };
  const position = { lsn: BigInt(index + 1), index: 0 };
  const change: ChangeEvent = {
    ...catalogueTable,
    operation: "read",
    key: { item_id: after.item_id },
    before: undefined,
    after,
    position,
    changedAtMs: 0,
    capturedAtMs: 0,
  };
  return changeRecords(change, { name: "bench", database: "bench", version: "1" });
}

function clicksOf(visitor: number, items: number, random: () => number): { key: string; value: Buffer }[] {
  const visitorId = `visitor-${visitor}`;
  const topic = Math.floor(items * random() ** 2.5);
  const nowMs = Date.now();
  return Array.from({ length: 1 + Math.floor(20 * random()) }, (_, click) => {
    const item = random() < 0.5 ? (topic + Math.floor(200 * random())) % items : Math.floor(items * random() ** 2.5);
    const event = {
      v: 1,
      eventId: uuidv7(nowMs, random),
      name: random() < 0.1 ? "add_to_cart" : "view_item",
      tenant: "demo",
      visitorId,
      sessionId: "s",
      occurredAtMs: nowMs - 60_000 + click,
      sentAtMs: nowMs,
      receivedAtMs: nowMs,
      items: [{ item_id: itemIdOf(item) }],
    };
    return { key: visitorId, value: Buffer.from(JSON.stringify(event)) };
  });
}

/** Paths as pages ask: any visitor, half of them on an item's page. */
export function requestPaths({ items, visitors }: ServedShape, count: number): string[] {
  const random = seededRandom(4);
  return Array.from({ length: count }, () => {
    const visitor = `visitorId=visitor-${Math.floor(visitors * random())}`;
    const item = random() < 0.5 ? `&itemId=${itemIdOf(Math.floor(items * random() ** 2.5))}` : "";
    return `/recommendations?${visitor}${item}&placement=home&limit=10&key=demo`;
  });
}

/** The same requests with a filter: what nine of ten items pass, and what one of a hundred does. */
export function filteredPaths(paths: readonly string[]): { readonly inStock: string[]; readonly rare: string[] } {
  return {
    inStock: paths.map((path) => `${path}&inStock=true&priceMax=500`),
    rare: paths.map((path) => `${path}&attr.rarity=rare`),
  };
}
