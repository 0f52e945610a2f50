import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { decodeEnvelope, encodeEnvelope, EnvelopeScanner, type EventEnvelope } from "../src/index.ts";
import { damages, envelopes } from "./random-envelopes.ts";

const read = (scanner: EnvelopeScanner, text: string) => scanner.scan(Buffer.from(text).toString("latin1"));

/** A scan says nothing, or what decoding says. */
function expectCautious(scanner: EnvelopeScanner, text: string): void {
  const scanned = read(scanner, text);
  if (scanned === undefined) return;
  expect(decodeEnvelope(text)).toMatchObject({ ok: true, envelope: scanned });
}

// A thousand runs take a second, but ten where the machine is busy.
vi.setConfig({ testTimeout: 60_000 });

describe("EnvelopeScanner", () => {
  it("accepts what it has learnt, and only what decoding accepts, with the same ids and times", () => {
    let accepted = 0;
    fc.assert(
      fc.property(envelopes, envelopes, damages, (event, other, damage) => {
        const scanner = new EnvelopeScanner();
        scanner.learn(event);
        scanner.learn(other);
        const value = encodeEnvelope(event);
        if (read(scanner, value) !== undefined) accepted += 1;
        expectCautious(scanner, value);
        expectCautious(scanner, damage(value));
        expectCautious(scanner, encodeEnvelope({ ...event, ...other }));
      }),
      { numRuns: 1_000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });

  const event: EventEnvelope = {
    v: 1,
    tenant: "demo",
    eventId: "01a20846-fdf5-708f-809b-909507a16dc5",
    name: "view_item",
    visitorId: "v1",
    sessionId: "s1",
    seq: 7,
    occurredAtMs: 1_795_435_140_000,
    page_location: "https://shop.example/p/1?a=b&c=d",
    value: 12.5,
    items: [
      { item_id: "i1", price: 0.5 },
      { item_id: "i2", price: 10 },
    ],
    sentAtMs: 1_795_435_140_100,
    receivedAtMs: 1_795_435_140_200,
  };

  it("accepts ordinary events of a learnt order", () => {
    const scanner = new EnvelopeScanner();
    expect(read(scanner, encodeEnvelope(event))).toBeUndefined();
    scanner.learn(event);
    const { eventId, tenant, occurredAtMs, receivedAtMs } = event;
    expect(read(scanner, encodeEnvelope(event))).toEqual({ eventId, tenant, occurredAtMs, receivedAtMs });
    expect(read(scanner, encodeEnvelope({ ...event, seq: 123_456, value: 3, name: "purchase" }))).toBeDefined();
  });

  it("accepts a bot's events once it has learnt one, and no other mark", () => {
    const scanner = new EnvelopeScanner();
    const marked = encodeEnvelope({ ...event, isBot: true });
    scanner.learn(event);
    expect(read(scanner, marked)).toBeUndefined();
    scanner.learn({ ...event, isBot: true });
    expect(read(scanner, marked)).toMatchObject({ eventId: event.eventId });
    expect(read(scanner, marked.replace('"isBot":true', '"isBot":false'))).toBeUndefined();
  });

  it.each([
    ["a field twice", (text: string) => text.replace('"seq":7', '"seq":7,"seq":8')],
    ["an unknown name", (text: string) => text.replace("view_item", "view_items")],
    ["a number too great", (text: string) => text.replace('"seq":7', '"seq":9999999999')],
    ["a leading zero", (text: string) => text.replace('"seq":7', '"seq":07')],
    ["an id too long", (text: string) => text.replace('"v1"', `"${"v".repeat(129)}"`)],
    ["no id", (text: string) => text.replace('"v1"', '""')],
    ["an escape", (text: string) => text.replace('"v1"', '"v\\u0031"')],
    ["a line break", (text: string) => text.replace(',"seq"', ',\n"seq"')],
    ["something behind it", (text: string) => `${text} `],
    [
      "too many items",
      (text: string) =>
        text.replace('{"item_id":"i1","price":0.5}', '{"item_id":"i1","price":0.5},'.repeat(200).slice(0, -1)),
    ],
  ])("leaves %s to decoding", (_what, change) => {
    const scanner = new EnvelopeScanner();
    scanner.learn(event);
    const text = change(encodeEnvelope(event));
    expect(text).not.toBe(encodeEnvelope(event));
    expect(read(scanner, text)).toBeUndefined();
  });

  it("learns a bounded number of orders", () => {
    const scanner = new EnvelopeScanner();
    const names = Object.keys(event);
    const rotated = (by: number) =>
      Object.fromEntries(
        [
          ...names.slice(by % names.length),
          ...names.slice(0, by % names.length),
          ...(by < names.length ? [] : ["currency"]),
        ].map((name) => [name, name === "currency" ? "EUR" : event[name as keyof EventEnvelope]]),
      ) as unknown as EventEnvelope;
    const orders = names.flatMap((_name, by) => [
      rotated(by),
      rotated(by + names.length),
      { ...rotated(by), userId: "u" },
    ]);
    for (const order of orders) scanner.learn(order);
    const known = orders.filter((order) => read(scanner, encodeEnvelope(order)) !== undefined);
    expect(orders.length).toBeGreaterThan(32);
    expect(known).toHaveLength(32);
  });
});
