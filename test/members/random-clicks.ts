import { type ManualClock, type Random, uuidv7 } from "@footfall/base";
import { encodeEnvelope, type EventEnvelope, topics } from "@footfall/events";
import { type EventLog, partitionOfKey } from "@footfall/log";
import { envelope } from "../../apps/aggregator/test/pipeline-fixture.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const visitorCount = 40;
const names = ["view_item", "view_item", "add_to_cart", "purchase", "view_item_list", "page_view"] as const;
const chance = {
  repeats: 0.15,
  otherShop: 0.2,
  knownOrder: 0.3,
  isLate: 0.1,
  newSession: 0.1,
  longPause: 0.15,
} as const;

/** Clicks of visitors of two shops, partly late and partly sent again, on a clock that goes along with them. */
export interface RandomClicks {
  /** Tenant and id of the events that the log has taken: `demo 0199…`. Many ids are in both shops. */
  readonly accepted: ReadonlySet<string>;
  send(count: number): Promise<void>;
  /** An event for each partition. */
  sendToAll(partitions: number): Promise<void>;
}

export function randomClicks(log: EventLog, random: Random, clock: ManualClock): RandomClicks {
  const accepted = new Set<string>();
  const sent: EventEnvelope[] = [];
  const sessions = new Map<string, number>();
  let orders = 0;
  const below = (bound: number): number => Math.floor(random() * bound);

  /** Now and then a thank-you page is loaded again, also by somebody else: the same order in another event. */
  const newTransaction = (): string => `T${random() < chance.knownOrder ? below(orders + 1) : (orders += 1)}`;

  const newEvent = (visitor: number): EventEnvelope => {
    clock.advance(below(8_000));
    const visitorId = `v${visitor}`;
    if (random() < chance.newSession) sessions.set(visitorId, (sessions.get(visitorId) ?? 0) + 1);
    const occurredAtMs = clock.now() - (random() < chance.isLate ? below(3 * hourMs) : below(900));
    const name = names[below(names.length)]!;
    const items = Array.from({ length: 1 + below(3) }, () => ({
      item_id: `i${below(6)}`,
      price: below(80) / 4,
      quantity: 1 + below(3),
    }));
    return envelope({
      tenant: visitor % 3 === 0 ? "other" : "demo",
      eventId: uuidv7(occurredAtMs, random),
      name,
      visitorId,
      // Visitors of both shops share the ids of their visits.
      sessionId: `s${sessions.get(visitorId) ?? 0}`,
      occurredAtMs,
      items: name === "page_view" ? [] : items,
      ...(name === "purchase" && { transaction_id: newTransaction() }),
    });
  };

  /** Now and then one file is replayed to both shops. */
  const inSomeShop = (event: EventEnvelope): EventEnvelope =>
    random() < chance.otherShop ? { ...event, tenant: event.tenant === "demo" ? "other" : "demo" } : event;

  const append = async (events: readonly EventEnvelope[]): Promise<void> => {
    const records = events.map((event) => ({ key: event.visitorId, value: Buffer.from(encodeEnvelope(event)) }));
    await log.append(topics.clicks, records);
    for (const { tenant, eventId } of events) accepted.add(`${tenant} ${eventId}`);
  };

  return {
    accepted,
    async send(count) {
      const events: EventEnvelope[] = [];
      for (let i = 0; i < count; i += 1) {
        const repeated = random() < chance.repeats ? sent[below(sent.length)] : undefined;
        // The clock skew of a device is estimated anew for each sending.
        const event = repeated
          ? { ...inSomeShop(repeated), occurredAtMs: repeated.occurredAtMs + below(3) * 1_000 }
          : newEvent(below(visitorCount));
        if (!repeated) sent.push(event);
        events.push(event);
      }
      await append(events);
      if (random() < chance.longPause) clock.advance(below(50 * minuteMs));
    },
    async sendToAll(partitions) {
      const visitors = Array.from({ length: visitorCount }, (_, visitor) => visitor);
      const events = Array.from({ length: partitions }, (_, partition) =>
        newEvent(visitors.find((visitor) => partitionOfKey(`v${visitor}`, partitions) === partition)!),
      );
      sent.push(...events);
      await append(events);
    },
  };
}
