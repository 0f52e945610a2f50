import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { SessionKey } from "../src/session-key.ts";
import { sessionGapMs, sessionLengthMaxMs, type SessionRow } from "../src/session-row.ts";
import { type SessionWindow, SessionWindows } from "../src/session-windows.ts";
import type { WindowEvent } from "../src/window-event.ts";
import {
  dayMs,
  disordered,
  forever,
  hourMs,
  interactionNames,
  minuteMs,
  never,
  propertyRuns,
  someDelays,
  someEvents,
} from "./window-fixture.ts";

/** Times of which many lie within, just at, or just past the gap from another, over a few days. */
const spread = fc.oneof(
  fc.integer({ min: 0, max: 30 * minuteMs }),
  fc.nat(8).map((step) => step * sessionGapMs),
  fc.nat(8).map((step) => step * (sessionGapMs + 1)),
  fc.integer({ min: -6 * hourMs, max: 6 * hourMs }),
);
const fewHours = someEvents(spread);

/** A run of events no more than the gap apart, for longer than a day, among others. */
const longRun = fc
  .tuple(fewHours, fc.integer({ min: 40, max: 110 }), fc.integer({ min: -40, max: 0 }), fc.nat(5))
  .map(([others, length, first, jitterMs]) => {
    const { items: _items, ...shape } = others[0]!;
    const run = Array.from({ length }, (_, step): WindowEvent => {
      const offsetMs = (first + step) * sessionGapMs - (step % 3 === 0 ? 0 : jitterMs % 3);
      const occurredAtMs = Date.UTC(2026, 2, 3) + offsetMs;
      return { ...shape, eventId: `r${step}`, name: "view_item", occurredAtMs, items: [{ item_id: "i1" }] };
    });
    return [...others, ...run];
  });

const someSessions = fc.oneof({ arbitrary: fewHours, weight: 3 }, { arbitrary: longRun, weight: 1 });

/** Runs by definition: interactions of one key sorted by time, cut where the pause is longer than the gap. */
function runsOf(events: readonly WindowEvent[]): SessionRow[][] {
  const all = events
    .filter((event) => interactionNames.has(event.name))
    .flatMap((event) => (event.items ?? []).map((item, index) => ({ event, item, index })))
    .sort(
      (a, b) =>
        a.event.occurredAtMs - b.event.occurredAtMs ||
        Number(a.event.eventId > b.event.eventId) - Number(a.event.eventId < b.event.eventId) ||
        a.index - b.index,
    );
  const keyOf = (event: WindowEvent) => JSON.stringify([event.tenant, event.visitorId, event.sessionId]);
  const keys = new Set(all.map(({ event }) => keyOf(event)));
  return [...keys].flatMap((key) => {
    const own = all.filter(({ event }) => keyOf(event) === key);
    const starts = own.flatMap(({ event }, place) => {
      const before = own[place - 1];
      return before && event.occurredAtMs - before.event.occurredAtMs <= sessionGapMs ? [] : [place];
    });
    return starts.map((start, place) => rowsOfRun(own.slice(start, starts[place + 1])));
  });
}

function rowsOfRun(run: { event: WindowEvent; item: NonNullable<WindowEvent["items"]>[number] }[]): SessionRow[] {
  const times = run.map(({ event }) => event.occurredAtMs);
  const isLong = times.at(-1)! - times[0]! > sessionLengthMaxMs;
  const partOf = (timeMs: number) => (isLong ? new Date(timeMs).toISOString().slice(0, 10) : "");
  return run.map(({ event, item }, place) => {
    const part = times.filter((timeMs) => partOf(timeMs) === partOf(event.occurredAtMs));
    return {
      tenant: event.tenant,
      sessionId: event.sessionId,
      visitorId: event.visitorId,
      sessionStartMs: part[0]!,
      sessionEndMs: part.at(-1)!,
      position: place - times.indexOf(part[0]!) + 1,
      itemId: item.item_id,
      eventName: event.name,
      occurredAtMs: event.occurredAtMs,
      eventId: event.eventId,
      quantity: item.quantity ?? 1,
      price: item.price,
    };
  });
}

function inOrder(rows: readonly SessionRow[]): SessionRow[] {
  const keyOf = (row: SessionRow) => JSON.stringify([row.tenant, row.visitorId, row.sessionId, row.sessionStartMs]);
  return [...rows].sort((a, b) => (keyOf(a) === keyOf(b) ? a.position - b.position : keyOf(a) < keyOf(b) ? -1 : 1));
}

test("any order within the grace, closed as the watermark goes, gives the sessions by definition", () => {
  fc.assert(
    fc.property(someSessions, someDelays, fc.integer({ min: 0, max: 3 * hourMs }), (events, delays, graceMs) => {
      const bounds = { openRowsMax: 1e6, openSessionsMax: 1e6 };
      const sessions = new SessionWindows({ interactionNames, watermarkMs: never, ...bounds });
      const rows: SessionRow[] = [];
      let latestMs = never;
      for (const event of disordered(events, graceMs, delays)) {
        expect(sessions.observe(event)).toBe("open");
        latestMs = Math.max(latestMs, event.occurredAtMs);
        const closed = sessions.closeReady(latestMs - graceMs);
        expect(closed.recompute).toEqual([]);
        rows.push(...closed.rows);
      }
      rows.push(...sessions.closeReady(forever).rows);
      expect(inOrder(rows)).toEqual(inOrder(runsOf(events).flat()));
      expect([sessions.openSessions, sessions.openRows]).toEqual([0, 0]);
    }),
    propertyRuns,
  );
}, 60_000);

test("in any order, at any watermark and bound: a run is right as returned, or a late event or a span names it", () => {
  const aBehind = fc.oneof(fc.constant(-dayMs), fc.integer({ min: -2 * hourMs, max: hourMs }));
  const someBehind = fc.array(aBehind, { minLength: 1, maxLength: 20 });
  const aBound = fc.oneof(fc.constant(1e6), fc.nat(8));
  let runsSeen = 0;
  let runsNamed = 0;
  fc.assert(
    fc.property(someSessions, someBehind, aBound, aBound, (events, behindMs, openRowsMax, openSessionsMax) => {
      const sessions = new SessionWindows({ interactionNames, watermarkMs: never, openRowsMax, openSessionsMax });
      const rows: SessionRow[] = [];
      const named: SessionWindow[] = [];
      const close = (watermarkMs: number) => {
        const closed = sessions.closeReady(watermarkMs);
        rows.push(...closed.rows);
        named.push(...closed.recompute);
        expect(sessions.openSessions).toBeLessThanOrEqual(openSessionsMax);
      };
      events.forEach((event, place) => {
        const { tenant, visitorId, sessionId, occurredAtMs: timeMs } = event;
        const outcome = sessions.observe(event);
        if (outcome === "late") {
          expect(timeMs).toBeLessThan(sessions.watermarkMs);
          named.push({ tenant, visitorId, sessionId, firstMs: timeMs, lastMs: timeMs });
        }
        expect(sessions.openRows).toBeLessThanOrEqual(openRowsMax);
        if (place % 2 === 0) close(timeMs + behindMs[place % behindMs.length]!);
      });
      close(forever);
      expect([sessions.openSessions, sessions.openRows]).toEqual([0, 0]);
      expect(sessions.closeReady(forever)).toEqual({ rows: [], recompute: [] });

      const returned = new Set(rows.map((row) => JSON.stringify([row.eventId, row.sessionStartMs, row.position])));
      expect(returned.size).toBe(rows.length);
      for (const run of runsOf(events)) {
        const [first, lastMs] = [run[0]!, run.at(-1)!.occurredAtMs];
        const firstMs = first.occurredAtMs;
        const isOwn = (other: SessionKey) =>
          other.tenant === first.tenant && other.visitorId === first.visitorId && other.sessionId === first.sessionId;
        runsSeen += 1;
        if (named.some((span) => isOwn(span) && span.firstMs <= lastMs && firstMs <= span.lastMs)) runsNamed += 1;
        else {
          const found = rows.filter((row) => isOwn(row) && firstMs <= row.occurredAtMs && row.occurredAtMs <= lastMs);
          expect(inOrder(found)).toEqual(inOrder(run));
        }
      }
    }),
    propertyRuns,
  );
  expect(runsNamed, "late events and spans occur").toBeGreaterThan(0);
  expect(runsSeen, "runs that neither names occur").toBeGreaterThan(runsNamed);
}, 60_000);
