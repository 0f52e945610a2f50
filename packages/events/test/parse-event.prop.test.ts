import * as fc from "fast-check";
import { expect, it } from "vitest";
import {
  type ClickEvent,
  decodeEnvelope,
  encodeEnvelope,
  eventNames,
  limits,
  type ParseContext,
  parseEvent,
} from "../src/index.ts";

const receivedAtMs = Date.UTC(2026, 10, 23);
const context: ParseContext = { historic: true, receivedAtMs, sentAtMs: receivedAtMs, tenant: "shop" };

const isControl = (char: string): boolean => char < " " || char === "\u007f";
const id = fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }).filter((value) => ![...value].some(isControl));
const text = fc.string({ unit: "grapheme", maxLength: 60 }).filter((value) => !value.includes("\u0000"));
const amount = fc.double({ min: -1e12, max: 1e12, noNaN: true }).map((value) => value + 0);

const clickEvent = fc.record(
  {
    eventId: fc.uuid(),
    name: fc.constantFrom(...eventNames),
    visitorId: id,
    sessionId: id,
    seq: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    occurredAtMs: fc.integer({ min: limits.historicTimeMinMs, max: receivedAtMs }),
    page_title: text,
    page_location: text,
    transaction_id: id,
    currency: fc.constantFrom("EUR", "USD"),
    value: amount,
    items: fc.array(fc.record({ item_id: id, item_name: text, price: amount }, { requiredKeys: ["item_id"] }), {
      maxLength: 5,
    }),
    recommendation: fc.record({ requestId: id, placement: id }),
  },
  { requiredKeys: ["eventId", "name", "visitorId", "sessionId", "occurredAtMs"] },
) as fc.Arbitrary<ClickEvent>;

it("what was parsed, encoded and decoded is the same envelope", () => {
  fc.assert(
    fc.property(clickEvent, (event) => {
      const parsed = parseEvent(event, context);
      expect(parsed).toEqual({
        ok: true,
        envelope: { v: 1, tenant: "shop", ...event, sentAtMs: receivedAtMs, receivedAtMs },
      });
      if (parsed.ok) expect(decodeEnvelope(encodeEnvelope(parsed.envelope))).toEqual(parsed);
    }),
  );
});

it("any JSON value is parsed or rejected with a code and a pointer, never thrown at", () => {
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc
      .tuple(
        clickEvent,
        fc.constantFrom("name", "items", "seq", "value", "extra", "__proto__"),
        fc.jsonValue({ maxDepth: 2 }),
      )
      .map(([event, field, value]) => JSON.parse(JSON.stringify({ ...event, [field]: value })) as unknown),
  );
  fc.assert(
    fc.property(anything, fc.boolean(), (value, historic) => {
      const parsed = parseEvent(value, { ...context, historic });
      if (parsed.ok) return;
      expect(parsed.rejection.code).toMatch(/^EVENT_/);
      expect(parsed.rejection.field).toMatch(/^(\/|$)/);
      expect(parsed.rejection.reason).not.toBe("");
    }),
  );
});

it("text of any code units is stored as well-formed UTF-8, or refused where it is an id", () => {
  const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(clickEvent, units, (event, codeUnits) => {
      const wild = String.fromCharCode(...codeUnits);
      const parsed = parseEvent({ ...event, visitorId: wild }, context);
      const isStorable =
        Buffer.from(wild).toString() === wild && codeUnits.every((unit) => unit > 0x1f && unit !== 0x7f);
      expect(parsed.ok).toBe(isStorable);
      const titled = parseEvent({ ...event, page_title: wild }, context);
      if (!titled.ok) throw new Error(titled.rejection.reason);
      expect(Buffer.from(titled.envelope.page_title ?? "").toString()).toBe(titled.envelope.page_title);
      expect(titled.envelope.page_title).not.toContain("\u0000");
      expect(titled.envelope.page_title).toHaveLength(wild.length);
    }),
  );
});

it("no accepted event is larger than the limit", () => {
  const name = fc
    .integer({ min: 0, max: limits.textLengthMax })
    .map((length) => "\u0001é語"[length % 3]!.repeat(length));
  const items = fc.array(fc.record({ item_id: fc.constant("i"), item_name: name }), { maxLength: 200, size: "max" });
  fc.assert(
    fc.property(clickEvent, items, (event, many) => {
      const value = { ...event, items: many };
      const bytes = Buffer.byteLength(JSON.stringify(value));
      expect(parseEvent(value, context).ok).toBe(bytes <= limits.eventBytesMax);
    }),
    { numRuns: 50 },
  );
});
