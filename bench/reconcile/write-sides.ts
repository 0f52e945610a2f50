import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { finished } from "node:stream/promises";

/** Of one kind, this share of the pairs is made to differ. */
const everyPairs = 1_000;
const batchLines = 2_000;

const startMs = Date.UTC(2026, 10, 1);
/** Event times are so far apart: 20 a second. */
const stepMs = 50;
export const windowMs = 60_000;

interface Order {
  readonly eventId: string;
  readonly eventType: string;
  readonly orderId: string;
  readonly occurredAt: string;
  readonly currency: string;
  readonly total: number | string;
  readonly note?: null;
  readonly coupon?: string;
  readonly customer?: { readonly id: string; readonly country: string };
  readonly items: readonly { readonly sku: string; readonly price: number; readonly quantity: number }[];
}

const countries = ["DE", "AT", "CH", "FR", "NL", "PL"] as const;
const iso = (ms: number): string => new Date(ms).toISOString();

function orderAt(index: number): Order {
  const price = (((index * 7_919) % 9_000) + 11) / 100;
  return {
    eventId: `01935f3a-7c11-7${(index % 4_096).toString(16).padStart(3, "0")}-9000-${index.toString(16).padStart(12, "0")}`,
    eventType: index % 3 === 0 ? "order_paid" : "order_placed",
    orderId: `o-${index}`,
    occurredAt: iso(startMs + index * stepMs),
    currency: "EUR",
    total: (Math.round(price * 300) * 10 + 1) / 1_000,
    note: null,
    customer: { id: `c-${(index * 31) % 50_000}`, country: countries[index % countries.length]! },
    items: [
      { sku: `s-${index % 977}`, price, quantity: 1 },
      { sku: `t-${index % 991}`, price: 4.5, quantity: 2 },
    ],
  };
}

const without = (order: Order, name: keyof Order): Order => {
  const { [name]: _, ...rest } = order;
  return rest as Order;
};

/** What each kind does to the right side's record, and what a comparison must say of it. */
const seededKinds: Readonly<
  Record<string, { readonly seed: (order: Order, index: number) => readonly Order[]; readonly found: string }>
> = {
  missing: { seed: () => [], found: "only left" },
  extra: {
    seed: (order, index) => [order, { ...order, orderId: `x-${index}`, eventId: `x-${index}` }],
    found: "only right",
  },
  duplicate: { seed: (order) => [order, order], found: "doubled" },
  late: {
    seed: (order, index) => [{ ...order, occurredAt: iso(startMs + index * stepMs + windowMs + 1) }],
    found: "different /occurredAt value",
  },
  "field absent": { seed: (order) => [without(order, "customer")], found: "different /customer removed" },
  "field added": { seed: (order) => [{ ...order, coupon: "x" }], found: "different /coupon added" },
  "null vs absent": { seed: (order) => [without(order, "note")], found: "different /note null-vs-absent" },
  type: { seed: (order) => [{ ...order, total: String(order.total) }], found: "different /total type" },
  rounding: {
    seed: (order) => [{ ...order, total: Math.round((order.total as number) * 100) / 100 }],
    found: "different /total rounding",
  },
  "zone or precision": {
    seed: (order) => [{ ...order, occurredAt: order.occurredAt.replace("Z", "+00:00") }],
    found: "different /occurredAt time",
  },
  "list order": { seed: (order) => [{ ...order, items: order.items.toReversed() }], found: "different /items order" },
  "wrong value": {
    seed: (order) => [{ ...order, customer: { id: order.customer!.id, country: "XX" } }],
    found: "different /customer/country value",
  },
};

/** How many pairs of each kind are among so many. */
export function seededCounts(pairs: number): Map<string, number> {
  const names = Object.keys(seededKinds);
  const countOf = (kind: number) => Math.floor((pairs - 1 - firstOf(kind)) / everyPairs) + 1;
  const counts = new Map(names.map((name, kind) => [seededKinds[name]!.found, countOf(kind)]));
  // A late one is both.
  return counts.set("late", countOf(names.indexOf("late")));
}

/** Index of the first pair of a kind; the others follow `everyPairs` apart. */
const firstOf = (kind: number): number => 17 + kind * 80;

/**
 * Writes two files of orders, a JSON object a line, in order of time, the right one with the seeded differences; those
 * that are late stand where they came.
 */
export async function writeSides(pairs: number, paths: { readonly left: string; readonly right: string }) {
  const [left, right] = [createWriteStream(paths.left), createWriteStream(paths.right)];
  const kinds = Object.values(seededKinds);
  const kindAt = new Map(kinds.map((kind, at) => [firstOf(at), kind]));
  for (let start = 0; start < pairs; start += batchLines) {
    const lines = { left: "", right: "" };
    for (let index = start; index < Math.min(start + batchLines, pairs); index += 1) {
      const order = orderAt(index);
      const line = `${JSON.stringify(order)}\n`;
      const kind = kindAt.get(index % everyPairs);
      lines.left += line;
      lines.right += kind
        ? kind
            .seed(order, index)
            .map((copy) => `${JSON.stringify(copy)}\n`)
            .join("")
        : line;
    }
    await write(left, lines.left);
    await write(right, lines.right);
  }
  for (const stream of [left, right]) {
    stream.end();
    await finished(stream);
  }
}

async function write(stream: WriteStream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, "drain");
}
