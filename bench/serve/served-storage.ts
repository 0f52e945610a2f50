import { join } from "node:path";
import { seededRandom, uuidv7 } from "@footfall/base";
import { topics } from "@footfall/events";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { openModelStore, sha256Hex } from "@footfall/models";
import { encodeModel } from "@footfall/similarity";
import { itemIdOf, syntheticModel } from "../rank/synthetic-model.ts";

export interface ServedShape {
  readonly items: number;
  readonly visitors: number;
}

/** Fills a storage folder with what the recommender reads: a published model, and the last clicks of visitors. */
export async function fillStorage(storageDir: string, { items, visitors }: ServedShape): Promise<void> {
  const model = syntheticModel({ items, neighbors: 100, seed: 1 });
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
  await log.close();
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
