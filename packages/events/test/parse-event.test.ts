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

  it.each([
    [{ ...event, name: "view" }, "EVENT_NAME_UNKNOWN", "/name", "purchase"],
    [{ ...event, name: "view_item\n" }, "EVENT_NAME_UNKNOWN", "/name", "view_item"],
    [{ ...event, name: 5 }, "EVENT_FIELD_INVALID", "/name", "type string"],
    [{ name: "view_item" }, "EVENT_FIELD_MISSING", "/eventId", "UUID"],
    [{ ...event, extra: 1 }, "EVENT_FIELD_UNKNOWN", "/extra", "Remove"],
    [{ ...event, "a/b~": 1 }, "EVENT_FIELD_UNKNOWN", "/a~1b~0", "Remove"],
    [{ ...event, items: [{}] }, "EVENT_FIELD_MISSING", "/items/0/item_id", "required"],
    [{ ...event, items: [{ item_id: "a", colour: 1 }] }, "EVENT_FIELD_UNKNOWN", "/items/0/colour", "Remove"],
    [
      { ...event, items: Array.from({ length: 201 }, () => ({ item_id: "a" })) },
      "EVENT_FIELD_INVALID",
      "/items",
      "At most 200",
    ],
    [{ ...event, eventId: "01936A3E-6C00-7A1B-8C2D-3E4F50617283" }, "EVENT_FIELD_INVALID", "/eventId", "lower case"],
    [{ ...event, currency: "euro" }, "EVENT_FIELD_INVALID", "/currency", "ISO 4217"],
    [{ ...event, seq: 0 }, "EVENT_FIELD_INVALID", "/seq", "at least 1"],
    [{ ...event, seq: 1.5 }, "EVENT_FIELD_INVALID", "/seq", "fraction"],
    [{ ...event, value: null }, "EVENT_FIELD_INVALID", "/value", "not null"],
    [{ ...event, page_title: "x".repeat(513) }, "EVENT_FIELD_INVALID", "/page_title", "this has 513"],
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

  it("keeps a pointer short, whatever a client calls its field", () => {
    expect(rejectionOf({ ...event, ["x".repeat(100_000)]: 1 }).field.length).toBeLessThan(300);
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
