import { expect, test } from "vitest";
import { itemWindows, windowSizeMs } from "../src/item-windows.ts";
import { TumblingWindows } from "../src/tumbling-windows.ts";
import { forever, midnightMs, minuteMs, never, windowEvent } from "./window-fixture.ts";

const newWindows = (openAggregatesMax = 1_000, watermarkMs = never) =>
  new TumblingWindows(itemWindows, { watermarkMs, openAggregatesMax });

test("a row sums its events; visitors and sessions count once", () => {
  const windows = newWindows();
  const items = [{ item_id: "i1", price: 0.1, quantity: 3 }];
  windows.observe(windowEvent({ items }));
  windows.observe(windowEvent({ items, visitorId: "v2", sessionId: "s2", occurredAtMs: midnightMs + 59_999 }));
  windows.observe(windowEvent({ items: [{ item_id: "i1" }], sessionId: "s3" }));
  expect(windows.closeReady(midnightMs + windowSizeMs)).toEqual([
    {
      tenant: "demo",
      itemId: "i1",
      eventName: "view_item",
      startMs: midnightMs,
      endMs: midnightMs + minuteMs,
      events: 3,
      visitors: 2,
      sessions: 3,
      quantity: 7,
      revenue: 0.6,
    },
  ]);
});

test("sessions count per visitor: an id that two visitors share is two sessions", () => {
  const windows = newWindows();
  for (const visitorId of ["v1", "v2", "v2"]) windows.observe(windowEvent({ visitorId, sessionId: "1790000000" }));
  expect(windows.closeReady(forever)).toMatchObject([{ events: 3, visitors: 2, sessions: 2 }]);
});

test("an event that names an item twice counts once, with both quantities", () => {
  const windows = newWindows();
  const items = [{ item_id: "i1", price: 2 }, { item_id: "i2" }, { item_id: "i1", price: 3, quantity: 2 }];
  windows.observe(windowEvent({ items }));
  const rows = windows.closeReady(forever);
  expect(rows.map((row) => [row.itemId, row.events, row.quantity, row.revenue])).toEqual([
    ["i1", 1, 3, 8],
    ["i2", 1, 1, 0],
  ]);
});

test.each([
  [0.03125, 0.0313],
  [-0.03125, -0.0313],
  [0.00004, 0],
  [-0.00004, 0],
  [19.99, 19.99],
])("revenue of one item at %f is %f: halves round away from zero", (price, revenue) => {
  const windows = newWindows();
  windows.observe(windowEvent({ items: [{ item_id: "i1", price }] }));
  expect(windows.closeReady(forever)[0]!.revenue).toBe(revenue);
});

test("tenants, items, names and minutes have rows of their own, oldest minute first", () => {
  const windows = newWindows();
  windows.observe(windowEvent({ occurredAtMs: midnightMs + minuteMs }));
  windows.observe(windowEvent());
  windows.observe(windowEvent({ tenant: "other" }));
  windows.observe(windowEvent({ name: "purchase" }));
  windows.observe(windowEvent({ items: [{ item_id: "i2" }] }));
  expect([windows.openWindows, windows.openAggregates]).toEqual([2, 5]);
  const rows = windows.closeReady(forever);
  expect(rows.map((row) => row.events)).toEqual([1, 1, 1, 1, 1]);
  expect(rows.map((row) => row.startMs - midnightMs)).toEqual([0, 0, 0, 0, minuteMs]);
  expect([windows.openWindows, windows.openAggregates]).toEqual([0, 0]);
});

test("a window closes when the watermark reaches its end, once, and what comes later for it is late", () => {
  const windows = newWindows();
  const inWindow = windowEvent({ occurredAtMs: midnightMs + 59_999 });
  expect(windows.observe(inWindow)).toBe("open");
  expect(windows.closeReady(midnightMs + minuteMs - 1)).toEqual([]);
  expect(windows.observe(windowEvent())).toBe("open");
  expect(windows.closeReady(midnightMs + minuteMs)).toMatchObject([{ events: 2 }]);
  expect(windows.observe(inWindow)).toBe("late");
  expect(windows.observe(windowEvent({ occurredAtMs: midnightMs + minuteMs }))).toBe("open");
  expect(windows.closeReady(midnightMs + minuteMs)).toEqual([]);
});

test("a lower watermark opens nothing again", () => {
  const windows = newWindows(1_000, midnightMs + minuteMs);
  expect(windows.closeReady(midnightMs)).toEqual([]);
  expect(windows.watermarkMs).toBe(midnightMs + minuteMs);
  expect(windows.observe(windowEvent())).toBe("late");
});

test("events without items belong to no window, however old", () => {
  const windows = newWindows(1_000, midnightMs);
  const { items: _, ...bare } = windowEvent({ occurredAtMs: 0 });
  expect(windows.observe(bare)).toBe("open");
  expect(windows.observe({ ...bare, items: [] })).toBe("open");
  expect(windows.closeReady(forever)).toEqual([]);
});

test("past the bound the oldest windows close early, and their events are late from then on", () => {
  const windows = newWindows(2);
  for (const minute of [3, 1, 2, 1]) {
    const items = [{ item_id: "i1" }, { item_id: "i2" }];
    windows.observe(windowEvent({ occurredAtMs: midnightMs + minute * minuteMs, items }));
  }
  expect(windows.openAggregates).toBe(6);
  const rows = windows.closeReady(never);
  expect(rows.map((row) => [(row.startMs - midnightMs) / minuteMs, row.events])).toEqual([
    [1, 2],
    [1, 2],
    [2, 1],
    [2, 1],
  ]);
  expect(windows.openAggregates).toBe(2);
  expect(windows.watermarkMs).toBe(midnightMs + 3 * minuteMs);
  expect(windows.observe(windowEvent({ occurredAtMs: midnightMs + 3 * minuteMs - 1 }))).toBe("late");
  expect(windows.observe(windowEvent({ occurredAtMs: midnightMs + 3 * minuteMs }))).toBe("open");
});
