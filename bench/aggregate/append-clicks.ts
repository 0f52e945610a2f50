import { seededRandom, systemClock, uuidv7 } from "@footfall/base";
import { encodeEnvelope, topics } from "@footfall/events";
import type { EventLog } from "@footfall/log";

const partitions = 4;
const appendRecords = 5_000;

/** A day of clicks: sessions of four, popular items more often, every tenth click with a price. */
export async function appendClicks(log: EventLog, events: number): Promise<void> {
  await log.createTopic({ name: topics.clicks, partitions });
  await log.createTopic({ name: topics.rejected, partitions: 1 });
  const random = seededRandom(1);
  const endMs = systemClock() - 3_600_000;
  const stepMs = Math.max(1, Math.floor(86_400_000 / events));
  const startMs = endMs - events * stepMs;
  let records: { key: string; value: Buffer }[] = [];
  for (let i = 0; i < events; i += 1) {
    const occurredAtMs = startMs + i * stepMs;
    // Neighbouring clicks belong to some thousand visits that are under way at once.
    const visit = Math.floor(i / 4000) * 1000 + Math.floor(random() * 1000);
    const price = i % 10 === 0 ? { price: Math.round(random() * 10_000) / 100 } : {};
    const value = encodeEnvelope({
      v: 1,
      tenant: "demo",
      eventId: uuidv7(occurredAtMs, random),
      name: i % 10 === 0 ? "add_to_cart" : "view_item",
      visitorId: `visitor-${visit}`,
      sessionId: `session-${visit}`,
      seq: 1 + (i % 100),
      occurredAtMs,
      sentAtMs: occurredAtMs,
      receivedAtMs: occurredAtMs,
      page_location: "https://shop.example/p/some-product",
      items: [{ item_id: `item-${Math.floor(random() ** 3 * 100_000)}`, ...price }],
    });
    records.push({ key: `visitor-${visit}`, value: Buffer.from(value) });
    if (records.length < appendRecords) continue;
    await log.append(topics.clicks, records);
    records = [];
  }
  if (records.length > 0) await log.append(topics.clicks, records);
}
