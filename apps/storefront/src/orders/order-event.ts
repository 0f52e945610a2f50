import { instantOfShopTime, shopTimeText } from "./shop-time.ts";
import type { Purchase } from "./purchase.ts";

/** An event of an order, as it stands in a topic. Amounts are in the currency's main unit, with cents. */
export interface OrderEvent {
  readonly eventId: string;
  readonly eventType: "order_placed";
  readonly orderId: string;
  readonly occurredAt: string;
  readonly service: string;
  readonly currency: string;
  readonly lines: readonly OrderLine[];
  readonly discount: number;
  /** Contained in the total. */
  readonly tax: number;
  readonly total: number;
  /** The wished instant of delivery. */
  readonly deliverAt?: string;
}

interface OrderLine {
  readonly itemId: string;
  readonly quantity: number;
  readonly unitPrice: number;
  readonly amount: number;
}

export type MakeOrderEvent = (purchase: Purchase, eventId: string) => OrderEvent;

/** Pieces of one item from which they are cheaper. */
export const discountFrom = 3;
export const discountPercent = 5;
export const taxPercent = 19;

/** The order of the service that has run for years: in cents, rounded once an order. */
export function orderEvent(purchase: Purchase, eventId: string): OrderEvent {
  let fullCents = 0;
  let discountedCents = 0;
  const lines: OrderLine[] = [];
  for (const { itemId, quantity, unitPrice } of purchase.lines) {
    const cents = Math.round(unitPrice * 100) * quantity;
    fullCents += cents;
    if (quantity >= discountFrom) discountedCents += cents;
    lines.push({ itemId, quantity, unitPrice, amount: cents / 100 });
  }
  const discountCents = Math.round((discountedCents * discountPercent) / 100);
  const totalCents = fullCents - discountCents;
  const { deliver } = purchase;
  return {
    eventId,
    eventType: "order_placed",
    orderId: purchase.orderId,
    occurredAt: new Date(purchase.placedAtMs).toISOString(),
    service: "orders",
    currency: purchase.currency,
    lines,
    discount: discountCents / 100,
    tax: Math.round((totalCents * taxPercent) / (100 + taxPercent)) / 100,
    total: totalCents / 100,
    ...(deliver && { deliverAt: shopTimeText(instantOfShopTime(deliver)) }),
  };
}
