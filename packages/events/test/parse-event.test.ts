import { describe, expect, it } from "vitest";
import { eventNames, limits, type ParseContext, parseEvent } from "../src/index.ts";

const receivedAtMs = Date.UTC(2026, 10, 23);
const context: ParseContext = { historic: false, receivedAtMs, sentAtMs: receivedAtMs, tenant: "shop" };
const event = {
  eventId: "01936a3e-6c00-7a1b-8c2d-3e4f50617283",
  name: "view_item",
  visitorId: "v",
  sessionId: "s",
  occurredAtMs: receivedAtMs - 1000,
};

function envelopeOf(value: unknown, more: Partial<ParseContext> = {}) {
  const parsed = parseEvent(value, { ...context, ...more });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.rejection));
  return parsed.envelope;
}

function rejectionOf(value: unknown, more: Partial<ParseContext> = {}) {
  const parsed = parseEvent(value, { ...context, ...more });
  if (parsed.ok) throw new Error("was accepted");
  return parsed.rejection;
}

describe("parseEvent", () => {
  it.each(eventNames)("takes %s and adds the envelope, without changing what it was given", (name) => {
    const value = Object.freeze({ ...event, name });
    expect(envelopeOf(value)).toEqual({ ...value, v: 1, tenant: "shop", sentAtMs: receivedAtMs, receivedAtMs });
  });

  it("marks a bot's event where the collector says so, never because the event does", () => {
    expect(envelopeOf(event, { isBot: true })).toMatchObject({ isBot: true });
    for (const isBot of [true, false, "true", null])
      expect(envelopeOf({ ...event, isBot })).not.toHaveProperty("isBot");
    expect(envelopeOf({ ...event, isBot: false }, { isBot: true })).toMatchObject({ isBot: true });
  });

  it.each([
    [{ ...event, name: "view" }, "EVENT_NAME_UNKNOWN", "/name", "purchase"],
    [{ ...event, name: "view_item\n" }, "EVENT_NAME_UNKNOWN", "/name", "view_item"],
    [{ ...event, name: 5 }, "EVENT_FIELD_INVALID", "/name", "type string"],
    [{ name: "view_item" }, "EVENT_FIELD_MISSING", "/eventId", "UUID"],
    [{ ...event, items: [{}] }, "EVENT_FIELD_MISSING", "/items/0/item_id", "required"],
    [
      { ...event, items: Array.from({ length: 201 }, () => ({ item_id: "a" })) },
      "EVENT_FIELD_INVALID",
      "/items",
      "At most 200",
    ],
    [{ ...event, items: [{ item_name: "Lamp" }] }, "EVENT_FIELD_MISSING", "/items/0/item_id", "required"],
    [{ ...event, items: [{ item_id: "" }] }, "EVENT_FIELD_INVALID", "/items/0/item_id", "empty"],
    [{ ...event, items: [{ item_id: null }] }, "EVENT_FIELD_INVALID", "/items/0/item_id", "not null"],
    [{ ...event, items: [null] }, "EVENT_FIELD_INVALID", "/items/0", "not null"],
    [{ ...event, items: "a1" }, "EVENT_FIELD_INVALID", "/items", 'not "a1"'],
    [{ ...event, items: [{ item_id: 2 ** 53 }] }, "EVENT_FIELD_INVALID", "/items/0/item_id", "as text"],
    [{ ...event, items: [{ item_id: true }] }, "EVENT_FIELD_INVALID", "/items/0/item_id", "not true"],
    [{ ...event, items: [{ item_id: "a", price: "1,234" }] }, "EVENT_FIELD_INVALID", "/items/0/price", 'not "1,234"'],
    [{ ...event, items: [{ item_id: "a", price: "cheap" }] }, "EVENT_FIELD_INVALID", "/items/0/price", 'not "cheap"'],
    [{ ...event, items: [{ item_id: "a", quantity: -1 }] }, "EVENT_FIELD_INVALID", "/items/0/quantity", "not -1"],
    [{ ...event, items: [{ item_id: "a", quantity: "1.5" }] }, "EVENT_FIELD_INVALID", "/items/0/quantity", "not 1.5"],
    [{ ...event, eventId: "01936A3E6C007A1B8C2D3E4F50617283" }, "EVENT_FIELD_INVALID", "/eventId", "lower case"],
    [{ ...event, currency: "euro" }, "EVENT_FIELD_INVALID", "/currency", "ISO 4217"],
    [{ ...event, currency: "euro" }, "EVENT_FIELD_INVALID", "/currency", '"euro"'],
    [{ ...event, occurredAtMs: "yesterday" }, "EVENT_FIELD_INVALID", "/occurredAtMs", 'not "yesterday"'],
    [{ ...event, occurredAtMs: "" }, "EVENT_FIELD_INVALID", "/occurredAtMs", 'not ""'],
    [{ ...event, occurredAtMs: 1e18 }, "EVENT_FIELD_INVALID", "/occurredAtMs", "not 1000000000000000000"],
    [{ ...event, page_title: ["a"] }, "EVENT_FIELD_INVALID", "/page_title", "not an array of 1"],
    [{ ...event, page_title: { a: 1 } }, "EVENT_FIELD_INVALID", "/page_title", "not an object"],
    [{ ...event, seq: 0 }, "EVENT_FIELD_INVALID", "/seq", "at least 1, not 0"],
    [{ ...event, seq: 1.5 }, "EVENT_FIELD_INVALID", "/seq", "not 1.5"],
    [{ ...event, visitorId: null }, "EVENT_FIELD_INVALID", "/visitorId", "not null"],
    [
      { ...event, visitorId: "x".repeat(1000) },
      "EVENT_FIELD_INVALID",
      "/visitorId",
      `this has 1000: "${"x".repeat(60)}"….`,
    ],
    [{ ...event, visitorId: "" }, "EVENT_FIELD_INVALID", "/visitorId", "empty"],
    [{ ...event, visitorId: "x".repeat(129) }, "EVENT_FIELD_INVALID", "/visitorId", "At most 128"],
    [{ ...event, visitorId: "a\u0000" }, "EVENT_FIELD_INVALID", "/visitorId", "Control characters"],
    [{ ...event, visitorId: "a\ud83d" }, "EVENT_FIELD_INVALID", "/visitorId", "surrogate"],
    [{ ...event, visitorId: "\ude00\ud83d" }, "EVENT_FIELD_INVALID", "/visitorId", "surrogate"],
  ])("rejects %j", (value, code, field, hint) => {
    const rejection = rejectionOf(value);
    expect(rejection).toMatchObject({ code, field });
    expect(rejection.reason).toContain(hint);
  });

  it("takes whole surrogate pairs in ids, and replaces halves and NUL in texts", () => {
    expect(envelopeOf({ ...event, visitorId: "a😀" }).visitorId).toBe("a😀");
    const broken = { page_title: "\ud83da😀\ude00", page_location: "/\u0000", search_term: "ok" };
    const envelope = envelopeOf({
      ...event,
      ...broken,
      items: [{ item_id: "i", item_name: "\udfff" }, { item_id: "j" }],
    });
    expect(envelope).toMatchObject({ page_title: "\ufffda😀\ufffd", page_location: "/\ufffd", search_term: "ok" });
    expect(envelope.items).toEqual([{ item_id: "i", item_name: "\ufffd" }, { item_id: "j" }]);
    expect(rejectionOf({ ...event, page_title: "\ud83d", visitorId: "\ud83d" }).field).toBe("/visitorId");
  });

  it("measures what may be too large, in bytes", () => {
    const items = (count: number, name: string) =>
      Array.from({ length: count }, () => ({ item_id: "i", item_name: name }));
    expect(rejectionOf({ ...event, items: items(130, "x".repeat(500)) })).toMatchObject({
      code: "EVENT_TOO_LARGE",
      field: "",
    });
    expect(envelopeOf({ ...event, items: items(110, "x".repeat(500)) }).items).toHaveLength(110);
    expect(rejectionOf({ ...event, items: items(110, "é".repeat(500)) }).code).toBe("EVENT_TOO_LARGE");
    const bytes = Buffer.byteLength(JSON.stringify({ ...event, items: items(110, "語😀".repeat(160)) }));
    expect(rejectionOf({ ...event, items: items(110, "語😀".repeat(160)) }).reason).toContain(`${bytes} bytes`);
  });
});

describe("event times", () => {
  it.each([
    ["an hour fast", 3_600_000],
    ["an hour slow", -3_600_000],
    ["ten years slow", -10 * 365 * 24 * 3_600_000],
  ])("correct a clock that is %s", (_clock, skewMs) => {
    const occurredAtMs = receivedAtMs + skewMs - 5000;
    const envelope = envelopeOf({ ...event, occurredAtMs }, { sentAtMs: receivedAtMs + skewMs });
    expect(envelope.occurredAtMs).toBe(receivedAtMs - 5000);
    expect(envelope.occurredAtMs - receivedAtMs + envelope.sentAtMs).toBe(occurredAtMs);
  });

  it("are whole milliseconds also where the time of sending is not", () => {
    const envelope = envelopeOf(event, { sentAtMs: receivedAtMs + 0.4 });
    expect([envelope.occurredAtMs, envelope.sentAtMs].every(Number.isInteger)).toBe(true);
  });

  it("reach back as far as the limit", () => {
    const oldestMs = receivedAtMs - limits.eventAgeMaxMs;
    expect(envelopeOf({ ...event, occurredAtMs: oldestMs }).occurredAtMs).toBe(oldestMs);
    expect(rejectionOf({ ...event, occurredAtMs: oldestMs - 1 })).toMatchObject({
      code: "EVENT_TIME_TOO_OLD",
      field: "/occurredAtMs",
    });
  });

  it("may lie after the sending only as far as the limit", () => {
    const latestMs = receivedAtMs + limits.eventFutureMaxMs;
    expect(envelopeOf({ ...event, occurredAtMs: latestMs }).occurredAtMs).toBe(latestMs);
    expect(rejectionOf({ ...event, occurredAtMs: latestMs + 1 })).toMatchObject({ code: "EVENT_TIME_IN_FUTURE" });
  });

  it("of a historic key are taken as they are, but not in the future", () => {
    const historic = { historic: true, sentAtMs: receivedAtMs + 1e9 };
    const oldestMs = Date.UTC(1990, 0, 1);
    expect(envelopeOf({ ...event, occurredAtMs: oldestMs }, historic).occurredAtMs).toBe(oldestMs);
    expect(rejectionOf({ ...event, occurredAtMs: receivedAtMs + 1e9 }, historic).code).toBe("EVENT_TIME_IN_FUTURE");
  });

  it("of a historic key are never taken for a year before 1990: they are seconds, or nonsense", () => {
    const historic = { historic: true };
    const inSeconds = rejectionOf({ ...event, occurredAtMs: Math.floor(receivedAtMs / 1000) }, historic);
    expect(inSeconds).toMatchObject({ code: "EVENT_TIME_TOO_OLD", field: "/occurredAtMs" });
    expect(inSeconds.reason).toContain("looks like seconds");
    const nonsense = rejectionOf({ ...event, occurredAtMs: 12 }, historic);
    expect(nonsense.code).toBe("EVENT_TIME_TOO_OLD");
    expect(nonsense.reason).not.toContain("seconds");
  });
});
