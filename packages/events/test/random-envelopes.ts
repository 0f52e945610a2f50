import * as fc from "fast-check";
import { type EventEnvelope, eventNames } from "../src/index.ts";

const plain = (lengths: { minLength?: number; maxLength: number }) =>
  fc.string({ unit: fc.constantFrom(..."abcXYZ019 -_.:/?&=#".repeat(20), "ä"), ...lengths });
const id = plain({ minLength: 1, maxLength: 20 });
const amount = fc.oneof(
  { weight: 9, arbitrary: fc.nat(1e9).map((cents) => cents / 100) },
  fc.double({ min: -10, max: 1e6, noNaN: true }).map((value) => value + 0),
);
const item = fc.record(
  {
    item_id: id,
    item_name: plain({ maxLength: 20 }),
    item_category2: plain({ maxLength: 20 }),
    price: amount,
    quantity: fc.nat(1_000_000),
    index: fc.nat(50),
    currency: fc.constantFrom("EUR", "USD"),
  },
  { requiredKeys: ["item_id"] },
);
const timeMs = fc.integer({ min: 0, max: 2e12 });
const ordered = fc.record(
  {
    v: fc.constant(1),
    tenant: fc.constantFrom("demo", "shop-1"),
    eventId: fc.uuid(),
    name: fc.constantFrom(...eventNames),
    visitorId: id,
    sessionId: id,
    seq: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    occurredAtMs: timeMs,
    sentAtMs: timeMs,
    receivedAtMs: timeMs,
    page_location: plain({ maxLength: 60 }),
    currency: fc.constantFrom("EUR", "USD"),
    value: amount,
    tax: amount,
    coupon: plain({ maxLength: 20 }),
    isBot: fc.constant(true as const),
    items: fc.array(item, { maxLength: 4 }),
    recommendation: fc.record(
      { requestId: id, placement: id, position: fc.nat(1000) },
      { requiredKeys: ["requestId", "placement"] },
    ),
  },
  {
    requiredKeys: [
      "v",
      "tenant",
      "eventId",
      "name",
      "visitorId",
      "sessionId",
      "occurredAtMs",
      "sentAtMs",
      "receivedAtMs",
    ],
  },
);
/** Valid envelopes, mostly of plain text, with their fields in any order. */
export const envelopes = fc.tuple(ordered, fc.infiniteStream(fc.nat(1000))).map(([event, ranks]) => {
  const fields = Object.entries(event).map((entry) => ({ entry, rank: ranks.next().value as number }));
  return Object.fromEntries(fields.sort((a, b) => a.rank - b.rank).map(({ entry }) => entry));
}) as unknown as fc.Arbitrary<EventEnvelope>;

/** Puts a few characters in the place of others, somewhere in a text. */
export const damages = fc
  .tuple(fc.nat(), fc.string({ maxLength: 3 }), fc.nat(3))
  .map(([at, inserted, cut]) => (text: string): string => {
    const place = at % text.length;
    return text.slice(0, place) + inserted + text.slice(place + cut);
  });
