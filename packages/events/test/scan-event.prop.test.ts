import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  type ClickEvent,
  decodeEnvelope,
  type EventEnvelope,
  EventScanner,
  limits,
  type ParseContext,
  parseEvent,
} from "../src/index.ts";
import { damages, envelopes } from "./random-envelopes.ts";

const receivedAtMs = 2_000_000_000_000;
const contexts: readonly ParseContext[] = [
  { historic: true, receivedAtMs, sentAtMs: receivedAtMs, tenant: "shop" },
  { historic: false, receivedAtMs, sentAtMs: receivedAtMs - 12_345, tenant: "shop" },
  { historic: true, receivedAtMs, sentAtMs: receivedAtMs, tenant: "shop", isBot: true },
];

function clickEvent({
  v: _v,
  tenant: _tenant,
  sentAtMs: _sent,
  receivedAtMs: _received,
  isBot: _isBot,
  ...event
}: EventEnvelope): ClickEvent {
  return event;
}

/** A scan says nothing, or what parsing says; whether a time is refused too. */
function expectCautious(scanner: EventScanner, text: string): boolean {
  const scanned = scanner.scan(text, 0);
  if (scanned === undefined || scanner.end !== text.length) return false;
  expect(JSON.parse(scanned.text)).toEqual(JSON.parse(text));
  for (const context of contexts) {
    const parsed = parseEvent(JSON.parse(text), context);
    const envelope = scanned.encodeEnvelope(context);
    expect(envelope === undefined ? "refused" : decodeEnvelope(envelope)).toEqual(parsed.ok ? parsed : "refused");
    if (parsed.ok)
      expect(scanned).toMatchObject({ eventId: parsed.envelope.eventId, visitorId: parsed.envelope.visitorId });
    else expect(parsed.rejection.field).toBe("/occurredAtMs");
  }
  return true;
}

// A thousand runs take a second, but ten where the machine is busy.
vi.setConfig({ testTimeout: 60_000 });

describe("EventScanner", () => {
  it("accepts what it has learnt, and only what parsing accepts, with the same outcome", () => {
    let accepted = 0;
    fc.assert(
      fc.property(envelopes, envelopes, damages, (one, other, damage) => {
        const scanner = new EventScanner();
        const event = clickEvent(one);
        scanner.learn(event);
        scanner.learn(clickEvent(other));
        const value = JSON.stringify(event);
        if (expectCautious(scanner, value)) accepted += 1;
        expectCautious(scanner, damage(value));
        expectCautious(scanner, JSON.stringify({ ...event, ...clickEvent(other) }));
      }),
      { numRuns: 1_000 },
    );
    expect(accepted).toBeGreaterThan(200);
  });

  it("leaves events to parsing that may have too many bytes", () => {
    const items = Array.from({ length: 100 }, (_unused, index) => ({
      item_id: `i${index}`,
      item_name: "x".repeat(400),
    }));
    const event: ClickEvent = {
      eventId: "01a20846-fdf5-708f-809b-909507a16dc5",
      name: "view_item",
      visitorId: "v1",
      sessionId: "s1",
      occurredAtMs: 1,
      items,
    };
    const scanner = new EventScanner();
    scanner.learn(event);
    expect(scanner.scan(JSON.stringify({ ...event, items: items.slice(0, 10) }), 0)).toBeDefined();
    const text = JSON.stringify(event);
    expect(text.length).toBeLessThan(limits.eventBytesMax);
    expect(scanner.scan(text, 0)).toBeUndefined();
  });
});
