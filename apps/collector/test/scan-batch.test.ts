import { describe, expect, it } from "vitest";
import { type ClickEvent, EventScanner, limits, ScannedEvent } from "@footfall/events";
import { parseBatch } from "../src/parse-batch.ts";
import { scanBatch } from "../src/scan-batch.ts";

const event = (index: number): ClickEvent => ({
  eventId: `01a20846-fdf5-708f-809b-${String(index).padStart(12, "0")}`,
  name: "view_item",
  visitorId: "v1",
  sessionId: "s1",
  occurredAtMs: 1_795_435_140_000 + index,
  page_title: "Käse für alle",
  items: [{ item_id: "i1", price: 1.5 }],
});
const scanner = new EventScanner();
scanner.learn(event(0));

const body = (count: number, frame: object = { key: "demo", sentAtMs: 1_795_435_150_000 }): string =>
  JSON.stringify({ ...frame, events: Array.from({ length: count }, (_unused, index) => event(index)) });

describe("scanBatch", () => {
  it.each([[{}], [{ key: "demo" }], [{ sentAtMs: 5 }], [{ key: "demo", sentAtMs: 5 }]])(
    "reads a body with %j as parsing does",
    (frame) => {
      const bytes = Buffer.from(body(3, frame));
      const { events, ...rest } = scanBatch(bytes, () => scanner)!;
      const { events: parsed, ...parsedRest } = parseBatch(bytes);
      expect(rest).toEqual(parsedRest);
      expect(events.map((sent) => JSON.parse((sent as ScannedEvent).text) as unknown)).toEqual(parsed);
    },
  );

  it("reads the longest batch, and leaves a longer one to parsing, which refuses it", () => {
    expect(scanBatch(Buffer.from(body(limits.batchEventsMax)), () => scanner)?.events).toHaveLength(
      limits.batchEventsMax,
    );
    expect(scanBatch(Buffer.from(body(limits.batchEventsMax + 1)), () => scanner)).toBeUndefined();
  });

  it.each([
    ["no event", (text: string) => text.replace(/\[.*\]/, "[]")],
    ["something behind it", (text: string) => `${text} `],
    ["a further member", (text: string) => text.replace(/\}$/, ',"more":1}')],
    ["a cut end", (text: string) => text.slice(0, -1)],
    ["a missing comma", (text: string) => text.replace("},{", "}{")],
    ["a comma too many", (text: string) => text.replace("]}", ",]}")],
    ["an escape", (text: string) => text.replace("für", "f\\u00fcr")],
    ["other spacing", (text: string) => text.replace('"events":', '"events": ')],
    ["an event of another form", (text: string) => text.replace('"name"', '"seq":1,"name"')],
  ])("leaves a body with %s to parsing", (_what, change) => {
    const text = change(body(2));
    expect(text).not.toBe(body(2));
    expect(scanBatch(Buffer.from(text), () => scanner)).toBeUndefined();
  });

  it("leaves a body that is not UTF-8 to parsing", () => {
    const bytes = Buffer.from(body(2), "latin1");
    expect(scanBatch(bytes, () => scanner)).toBeUndefined();
  });
});
