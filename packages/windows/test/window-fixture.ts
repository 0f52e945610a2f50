import * as fc from "fast-check";
import type { WindowEvent, WindowItem } from "../src/window-event.ts";

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
/** A midnight, UTC. */
export const midnightMs = Date.UTC(2026, 2, 3);
export const forever = Number.POSITIVE_INFINITY;
export const never = Number.NEGATIVE_INFINITY;

/** Fewer than these would not show that the rare cases occur. */
const runsMin = 100;
export const propertyRuns = { numRuns: Math.max(runsMin, Number(process.env["FC_RUNS"] ?? runsMin)) };

let eventsMade = 0;

export function windowEvent(fields: Partial<WindowEvent> = {}): WindowEvent {
  eventsMade += 1;
  return {
    eventId: `e${String(eventsMade).padStart(6, "0")}`,
    tenant: "demo",
    name: "view_item",
    visitorId: "v1",
    sessionId: "s1",
    occurredAtMs: midnightMs,
    items: [{ item_id: "i1" }],
    ...fields,
  };
}

/** Prices of whole ten-thousandths, so that an oracle can sum revenue in integers. */
const anItem: fc.Arbitrary<WindowItem> = fc.record(
  {
    item_id: fc.constantFrom("i1", "i2", "i3"),
    price: fc.integer({ min: -90_000, max: 9_000_000 }).map((units) => units / 10_000),
    quantity: fc.integer({ min: 0, max: 9 }),
  },
  { requiredKeys: ["item_id"] },
);

/** Events with distinct ids whose order tells nothing of their time; `offsetMs` is added to a midnight. */
export function someEvents(offsetMs: fc.Arbitrary<number>): fc.Arbitrary<WindowEvent[]> {
  const anEvent = fc.record({
    tenant: fc.constantFrom("demo", "other"),
    name: fc.constantFrom("view_item", "view_item", "purchase", "page_view"),
    visitorId: fc.constantFrom("v1", "v2", "v3"),
    sessionId: fc.constantFrom("s1", "s2"),
    occurredAtMs: offsetMs.map((offset) => midnightMs + offset),
    items: fc.option(fc.array(anItem, { maxLength: 4 }), { nil: undefined, freq: 8 }),
    idPrefix: fc.constantFrom("a", "b", "c"),
  });
  return fc.array(anEvent, { minLength: 1, maxLength: 60 }).map((drawn) =>
    drawn.map(({ idPrefix, items, ...event }, place) => {
      return { ...event, eventId: `${idPrefix}${place}`, ...(items ? { items } : {}) };
    }),
  );
}

/** The events in an order of arrival in which none comes after one that is more than `graceMs` younger. */
export function disordered(events: readonly WindowEvent[], graceMs: number, delays: readonly number[]): WindowEvent[] {
  const arrivals = events.map((event, place) => {
    const delayMs = Math.floor((delays[place % delays.length] ?? 0) * graceMs);
    return { event, atMs: event.occurredAtMs + delayMs };
  });
  return arrivals.sort((a, b) => a.atMs - b.atMs).map(({ event }) => event);
}

/** Shares of the grace, to be used in turn. */
export const someDelays = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 });

/** The interactions that make up sessions in these tests; `page_view` is none. */
export const interactionNames: ReadonlySet<string> = new Set(["view_item", "purchase"]);
