import { parseRules, Reconciliation, type Mismatch } from "@footfall/comparison";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { orderEvent } from "../../src/orders/order-event.ts";
import type { Purchase } from "../../src/orders/purchase.ts";
import { type OrderFault, rewrittenOrderEvent } from "../../src/orders/rewritten-order-event.ts";

const numRuns = Number(process.env["FC_RUNS"] ?? 100);
const rulesFile = new URL("../../../../scripts/orders-demo/orders.rules.yml", import.meta.url);
const parsed = parseRules(parse(readFileSync(rulesFile, "utf8")));
if (!("rules" in parsed)) throw new Error(JSON.stringify(parsed.problems));
const { rules } = parsed;

const two = (value: number) => String(value).padStart(2, "0");
const purchase: fc.Arbitrary<Purchase> = fc
  .record({
    placedAtMs: fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) }),
    lines: fc.uniqueArray(
      fc.record({
        itemId: fc.integer({ min: 1, max: 99 }).map((item) => `item-${item}`),
        quantity: fc.integer({ min: 1, max: 99 }),
        unitPrice: fc.integer({ min: 1, max: 20_000 }).map((cents) => cents / 100),
      }),
      { selector: ({ itemId }) => itemId, minLength: 1, maxLength: 8 },
    ),
    deliver: fc.option(
      fc
        .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }), fc.integer({ min: 0, max: 23 }))
        .map(([month, day, hour]) => ({ date: `2026-${two(month)}-${two(day)}`, time: `${two(hour)}:30` })),
      { nil: undefined },
    ),
  })
  .map(({ deliver, ...rest }) => ({ orderId: "o", currency: "EUR", ...rest, ...(deliver && { deliver }) }));

/** Fields that differ between both services' orders by the demo's own rules. */
function differingFields(bought: Purchase, faults: readonly OrderFault[]): string[] {
  const found: Mismatch[] = [];
  const options = { windowMs: 60_000, lateMs: 60_000, stallMs: 60_000, heldBytesMax: 1e6, sample: 1, isComplete: true };
  const limits = { timeMaxMs: Date.UTC(2030, 0, 1), differenceRateMax: 0, pairsMin: 1, rules };
  const reconciliation = new Reconciliation({ ...options, ...limits }, (mismatch) => found.push(mismatch));
  const events = { left: orderEvent(bought, "e1"), right: rewrittenOrderEvent(new Set(faults))(bought, "e2") };
  const sides = ["left", "right"] as const;
  for (const side of sides) reconciliation.openSource(side, "s");
  for (const side of sides) reconciliation.add(side, "s", { text: JSON.stringify(events[side]), place: side });
  for (const side of sides) reconciliation.endSource(side, "s");
  expect(reconciliation.report().tally.pairs).toBe(1);
  return [...new Set(found.flatMap(({ differences }) => differences.map(({ field }) => field)))].sort();
}

describe("the rewrite of the order service", () => {
  it("makes the same orders, by the demo's rules, once it has no fault", () => {
    fc.assert(
      fc.property(purchase, (bought) => {
        expect(differingFields(bought, [])).toEqual([]);
      }),
      { numRuns },
    );
  });

  it("differs by each fault in that fault's own fields, and only for orders that it befalls", () => {
    fc.assert(
      fc.property(purchase, (bought) => {
        expect(differingFields(bought, ["lost-line"])).toEqual(bought.lines.length > 3 ? ["/lines/*"] : []);
        expect(differingFields(bought, ["time-zone"])).toEqual(bought.deliver ? ["/deliverAt"] : []);
        const rounded = differingFields(bought, ["rounding"]);
        expect(["/discount", "/tax", "/total"]).toEqual(expect.arrayContaining(rounded));
        if (bought.lines.every(({ quantity }) => quantity < 3)) expect(rounded).toEqual([]);
      }),
      { numRuns },
    );
    const lines = [
      { itemId: "a", quantity: 3, unitPrice: 0.07 },
      { itemId: "b", quantity: 3, unitPrice: 0.07 },
    ];
    // Five per cent of 42 cents are 2.1, of twice 21 cents, each rounded down, 1 + 1; of twice 33 cents 3.3, not 1 + 1.
    expect(differingFields({ orderId: "o", placedAtMs: 0, currency: "EUR", lines }, ["rounding"])).toEqual([]);
    const dearer = lines.map((line) => ({ ...line, unitPrice: 0.11 }));
    expect(differingFields({ orderId: "o", placedAtMs: 0, currency: "EUR", lines: dearer }, ["rounding"])).toEqual([
      "/discount",
      "/total",
    ]);
  });
});

describe("the order of the service that has run for years", () => {
  it("counts in cents", () => {
    const lines = [
      { itemId: "b", quantity: 3, unitPrice: 19.99 },
      { itemId: "a", quantity: 1, unitPrice: 0.1 },
    ];
    const deliver = { date: "2026-07-01", time: "09:00" };
    expect(orderEvent({ orderId: "o", placedAtMs: 0, currency: "EUR", lines, deliver }, "e")).toEqual({
      eventId: "e",
      eventType: "order_placed",
      orderId: "o",
      occurredAt: "1970-01-01T00:00:00.000Z",
      service: "orders",
      currency: "EUR",
      lines: [
        { itemId: "b", quantity: 3, unitPrice: 19.99, amount: 59.97 },
        { itemId: "a", quantity: 1, unitPrice: 0.1, amount: 0.1 },
      ],
      discount: 3,
      tax: 9.11,
      total: 57.07,
      deliverAt: "2026-07-01T09:00:00+02:00",
    });
  });
});
