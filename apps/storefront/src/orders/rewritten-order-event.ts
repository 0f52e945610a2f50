import { discountFrom, discountPercent, type MakeOrderEvent, taxPercent } from "./order-event.ts";
import type { Purchase } from "./purchase.ts";
import { instantOfShopTime } from "./shop-time.ts";

/**
 * What the rewrite got wrong at first, to be found by comparing: `rounding` rounds the discount of each line, down;
 * `lost-line` keeps three lines of an order; `time-zone` takes the shop's clocks for UTC.
 */
export const orderFaults = ["rounding", "lost-line", "time-zone"] as const;
export type OrderFault = (typeof orderFaults)[number];

const linesKept = 3;

/**
 * The rewrite of `orderEvent`: the same order, but for what nobody relies on (lines by item, times in UTC, its own
 * name), and for the faults that it is given.
 */
export function rewrittenOrderEvent(faults: ReadonlySet<OrderFault>): MakeOrderEvent {
  return (purchase, eventId) => {
    const lines = purchase.lines
      .map((line) => ({ ...line, amount: amountCents(line) / 100 }))
      .sort((a, b) => (a.itemId < b.itemId ? -1 : 1));
    const fullCents = sum(purchase.lines.map(amountCents));
    const discounted = purchase.lines.filter(({ quantity }) => quantity >= discountFrom).map(amountCents);
    const discountCents = faults.has("rounding")
      ? sum(discounted.map((cents) => Math.floor((cents * discountPercent) / 100)))
      : Math.round((sum(discounted) * discountPercent) / 100);
    const totalCents = fullCents - discountCents;
    return {
      eventId,
      eventType: "order_placed",
      orderId: purchase.orderId,
      occurredAt: new Date(purchase.placedAtMs).toISOString(),
      service: "orders-new",
      currency: purchase.currency,
      lines: faults.has("lost-line") ? lines.slice(0, linesKept) : lines,
      discount: discountCents / 100,
      tax: Math.round((totalCents * taxPercent) / (100 + taxPercent)) / 100,
      total: totalCents / 100,
      ...(purchase.deliver && { deliverAt: deliverAt(purchase.deliver, faults) }),
    };
  };
}

function amountCents({ unitPrice, quantity }: Purchase["lines"][number]): number {
  return Math.round(unitPrice * 100) * quantity;
}

function deliverAt(deliver: NonNullable<Purchase["deliver"]>, faults: ReadonlySet<OrderFault>): string {
  const instantMs = faults.has("time-zone")
    ? Date.parse(`${deliver.date}T${deliver.time}:00Z`)
    : instantOfShopTime(deliver);
  return new Date(instantMs).toISOString();
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
