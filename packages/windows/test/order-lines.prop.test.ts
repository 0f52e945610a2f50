import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type OrderEvent, OrderLines, orderRepeatSpanMs } from "../src/order-lines.ts";

const dayMs = 24 * 3_600_000;

const purchases = fc
  .array(
    fc.record({
      tenant: fc.constantFrom("a", "b"),
      transaction: fc.option(fc.constantFrom("T1", "T2"), { nil: undefined }),
      items: fc.uniqueArray(fc.constantFrom("x", "y", "z"), { minLength: 1 }),
      day: fc.integer({ min: 0, max: 30 }),
      moment: fc.nat(2),
    }),
    { maxLength: 12 },
  )
  .map((orders) =>
    orders.map(({ tenant, transaction, items, day, moment }, at): OrderEvent => ({
      eventId: `e${String(at).padStart(2, "0")}`,
      tenant,
      name: "purchase",
      visitorId: "v",
      sessionId: "s",
      occurredAtMs: day * dayMs + moment,
      items: items.map((itemId) => ({ item_id: itemId })),
      ...(transaction !== undefined && { transaction_id: transaction }),
    })),
  );

/** Lines that count, said plainly over all purchases at once. */
function counted(events: readonly OrderEvent[]): string[] {
  const isEarlier = (a: OrderEvent, b: OrderEvent) =>
    a.occurredAtMs < b.occurredAtMs || (a.occurredAtMs === b.occurredAtMs && a.eventId < b.eventId);
  const isRepeat = (event: OrderEvent, itemId: string) =>
    event.transaction_id !== undefined &&
    events.some(
      (other) =>
        other.tenant === event.tenant &&
        other.transaction_id === event.transaction_id &&
        other.items!.some((item) => item.item_id === itemId) &&
        isEarlier(other, event) &&
        event.occurredAtMs - other.occurredAtMs <= orderRepeatSpanMs,
    );
  return events.flatMap((event) =>
    event.items!.filter((item) => !isRepeat(event, item.item_id)).map((item) => `${event.eventId} ${item.item_id}`),
  );
}

const linesOf = (event: OrderEvent) => event.items!.map((item) => `${event.eventId} ${item.item_id}`);

describe("OrderLines", () => {
  it("counts in order of time exactly the lines that no earlier purchase has told of", () => {
    fc.assert(
      fc.property(purchases, (events) => {
        const inOrder = events.toSorted((a, b) => a.occurredAtMs - b.occurredAtMs || (a.eventId < b.eventId ? -1 : 1));
        const lines = new OrderLines(1_000);
        const found = inOrder.flatMap((event) => linesOf(lines.observe(event).event));
        expect(found.toSorted()).toEqual(counted(events).toSorted());
      }),
    );
  });

  it("says in any order of arrival when a line that counted has become a repeat", () => {
    fc.assert(
      fc.property(purchases, (events) => {
        const lines = new OrderLines(1_000);
        let isOverturned = false;
        const found: string[] = [];
        events.forEach((event, at) => {
          const observed = lines.observe(event);
          found.push(...linesOf(observed.event));
          const now = counted(events.slice(0, at + 1));
          // What counts of the event itself is right at once; what counted before is, until something displaces it.
          expect(linesOf(observed.event)).toEqual(now.filter((line) => line.startsWith(event.eventId)));
          const before = counted(events.slice(0, at));
          expect(observed.displaces).toBe(before.some((line) => !now.includes(line)));
          isOverturned ||= observed.displaces;
        });
        if (!isOverturned) expect(found.toSorted()).toEqual(counted(events).toSorted());
      }),
    );
  });

  it("forgets the line taken in first past its bound", () => {
    const lines = new OrderLines(1);
    const purchase = (transaction: string): OrderEvent => ({
      eventId: transaction,
      tenant: "a",
      name: "purchase",
      visitorId: "v",
      sessionId: "s",
      occurredAtMs: 1,
      items: [{ item_id: "x" }],
      transaction_id: transaction,
    });
    lines.observe(purchase("T1"));
    lines.observe(purchase("T2"));
    expect(lines.size).toBe(1);
    expect(lines.observe({ ...purchase("T1"), eventId: "later" }).event.items).toHaveLength(1);
    expect(lines.observe({ ...purchase("T1"), eventId: "latest" }).event.items).toEqual([]);
  });
});
