import * as fc from "fast-check";
import { expect, it, vi } from "vitest";
import {
  ClickEventSchema,
  ClickItemSchema,
  decodeEnvelope,
  encodeEnvelope,
  type ParseContext,
  parseEvent,
} from "../src/index.ts";
import { envelopes } from "./random-envelopes.ts";

// As for other tests of a thousand runs: a busy machine is slow.
vi.setConfig({ testTimeout: 60_000 });

const receivedAtMs = 2_000_000_000_000;
const fieldNames = [...Object.keys(ClickEventSchema.properties), "extra", "__proto__", "toString", "tenant", "v"];
const itemNames = [...Object.keys(ClickItemSchema.properties), "extra", "__proto__"];

/** Values that senders put where others belong, and worse. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    "",
    " ",
    "null",
    "NaN",
    "1e18",
    "19,90",
    "1.234,5",
    "eur",
    true,
    -1,
    0.5,
    1e18,
    8.64e15,
  ),
  fc.constantFrom<unknown>(-0, "-0", 1e-320, "1e999", "\ud83d", "a\u0000", "x".repeat(3_000), `${"x".repeat(511)}😀`),
  fc.jsonValue({ maxDepth: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: "binary" }),
);
const mutation = fc.record({
  field: fc.constantFrom(...fieldNames),
  itemField: fc.constantFrom(...itemNames),
  value: odd,
  where: fc.constantFrom("event", "item", "items", "recommendation", "nowhere"),
});

type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutate(event: Record<string, unknown>, { field, itemField, value, where }: Mutation): Record<string, unknown> {
  const set = (record: unknown, name: string) => ({ ...(record as object), ...Object.fromEntries([[name, value]]) });
  if (where === "nowhere") return Object.fromEntries(Object.entries(event).filter(([name]) => name !== field));
  if (where === "event") return set(event, field);
  if (where === "items") return { ...event, items: [value, ...(Array.isArray(event["items"]) ? event["items"] : [])] };
  if (where === "recommendation") return { ...event, recommendation: set(event["recommendation"], "position") };
  return { ...event, items: [set({ item_id: "a1" }, itemField)] };
}

it("any mutation of a valid event is stored so that it can be read again, or refused with a reason", () => {
  let accepted = 0;
  let mended = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      envelopes,
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (envelope, all, historic) => {
        const { v: _v, tenant: _tenant, sentAtMs, receivedAtMs: _received, ...event } = envelope;
        const sent = all.reduce<Record<string, unknown>>(mutate, event);
        const before = JSON.stringify(sent);
        const context: ParseContext = { historic, receivedAtMs, sentAtMs, tenant: "shop" };
        const parsed = parseEvent(JSON.parse(before), context);
        if (!parsed.ok) {
          refused += 1;
          expect(parsed.rejection.code).toMatch(/^EVENT_/);
          expect(parsed.rejection.field).toMatch(/^(\/|$)/);
          expect(parsed.rejection.reason.length).toBeLessThan(1_000);
          return;
        }
        accepted += 1;
        if (parsed.isMended) mended += 1;
        const text = encodeEnvelope(parsed.envelope);
        const decoded = decodeEnvelope(Buffer.from(text).toString("utf8"));
        if (!decoded.ok) throw new Error(`${text}: ${decoded.rejection.reason}`);
        expect(encodeEnvelope(decoded.envelope)).toBe(text);
        // What was mended once needs no more mending.
        const { v: _v2, tenant: _t2, sentAtMs: _s2, receivedAtMs: _r2, ...stored } = decoded.envelope;
        const again = parseEvent(stored, { ...context, historic: true });
        expect(again.ok && again.isMended).toBe(undefined);
      },
    ),
    { numRuns: 2_000 },
  );
  expect(Math.min(accepted, mended, refused)).toBeGreaterThan(20);
});
