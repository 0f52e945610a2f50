import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type ItemWindow, itemWindows, windowSizeMs } from "../src/item-windows.ts";
import { TumblingWindows } from "../src/tumbling-windows.ts";
import type { WindowEvent } from "../src/window-event.ts";
import { disordered, forever, minuteMs, never, propertyRuns, someDelays, someEvents } from "./window-fixture.ts";

const fewMinutes = someEvents(fc.integer({ min: -3 * minuteMs, max: 3 * minuteMs }));

/** Rows by definition: one pass over all the events for each row, money summed in whole ten-thousandths. */
function expectedRows(events: readonly WindowEvent[]): ItemWindow[] {
  const keyed = events.flatMap((event) => {
    const minute = (event.occurredAtMs - (((event.occurredAtMs % minuteMs) + minuteMs) % minuteMs)) / minuteMs;
    return (event.items ?? []).map((item) => {
      return { key: JSON.stringify([minute, event.tenant, item.item_id, event.name]), event, item };
    });
  });
  return [...new Set(keyed.map(({ key }) => key))].map((key) => {
    const [minute, tenant, itemId, eventName] = JSON.parse(key) as [number, string, string, string];
    const parts = keyed.filter((part) => part.key === key);
    const count = (idOf: (event: WindowEvent) => string) => new Set(parts.map(({ event }) => idOf(event))).size;
    const units = parts.map(({ item }) => Math.round((item.price ?? 0) * 10_000) * (item.quantity ?? 1));
    return {
      startMs: minute * minuteMs,
      endMs: (minute + 1) * minuteMs,
      tenant,
      itemId,
      eventName,
      events: count((event) => event.eventId),
      visitors: count((event) => event.visitorId),
      sessions: count((event) => JSON.stringify([event.visitorId, event.sessionId])),
      quantity: parts.reduce((sum, { item }) => sum + (item.quantity ?? 1), 0),
      revenue: units.reduce((sum, unit) => sum + unit, 0) / 10_000,
    };
  });
}

function inOrder(rows: readonly ItemWindow[]): ItemWindow[] {
  const keyOf = (row: ItemWindow) => JSON.stringify([row.startMs, row.tenant, row.itemId, row.eventName]);
  return [...rows].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

test("any order within the grace, closed as the watermark goes, gives the rows by definition", () => {
  fc.assert(
    fc.property(fewMinutes, someDelays, fc.integer({ min: 0, max: 5 * minuteMs }), (events, delays, graceMs) => {
      const windows = new TumblingWindows(itemWindows, { watermarkMs: never, openAggregatesMax: 1e6 });
      const rows: ItemWindow[] = [];
      let latestMs = never;
      for (const event of disordered(events, graceMs, delays)) {
        expect(windows.observe(event)).toBe("open");
        latestMs = Math.max(latestMs, event.occurredAtMs);
        rows.push(...windows.closeReady(latestMs - graceMs));
      }
      rows.push(...windows.closeReady(forever));
      expect(inOrder(rows)).toEqual(inOrder(expectedRows(events)));
    }),
    propertyRuns,
  );
}, 60_000);

test("in any order, at any watermark and bound: late events are those of closed windows, the rest are the rows", () => {
  const someSteps = fc.array(fc.integer({ min: -4 * minuteMs, max: 4 * minuteMs }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(fewMinutes, someSteps, fc.integer({ min: 0, max: 20 }), (events, behindMs, openAggregatesMax) => {
      const windows = new TumblingWindows(itemWindows, { watermarkMs: never, openAggregatesMax });
      const counted: WindowEvent[] = [];
      const rows: ItemWindow[] = [];
      const closed = new Set<number>();
      events.forEach((event, place) => {
        const startMs = Math.floor(event.occurredAtMs / windowSizeMs) * windowSizeMs;
        const isLate = (event.items?.length ?? 0) > 0 && startMs + windowSizeMs <= windows.watermarkMs;
        expect(windows.observe(event)).toBe(isLate ? "late" : "open");
        if (closed.has(startMs) && event.items?.length) expect(isLate).toBe(true);
        if (!isLate) counted.push(event);
        if (place % 3 > 0) return;
        const ready = windows.closeReady(event.occurredAtMs + behindMs[place % behindMs.length]!);
        expect(windows.openAggregates).toBeLessThanOrEqual(openAggregatesMax);
        for (const row of ready) {
          expect(row.endMs).toBeLessThanOrEqual(windows.watermarkMs);
          expect(closed).not.toContain(row.startMs);
        }
        for (const row of ready) closed.add(row.startMs);
        expect(ready).toEqual(ready.toSorted((a, b) => a.startMs - b.startMs));
        rows.push(...ready);
      });
      rows.push(...windows.closeReady(forever));
      expect([windows.openAggregates, windows.openWindows]).toEqual([0, 0]);
      expect(inOrder(rows)).toEqual(inOrder(expectedRows(counted)));
      expect(windows.closeReady(forever)).toEqual([]);
    }),
    propertyRuns,
  );
}, 60_000);
