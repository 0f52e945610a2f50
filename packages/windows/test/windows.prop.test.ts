import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type ItemWindow,
  itemWindows,
  sessionGapMs,
  type SessionKey,
  type SessionRow,
  SessionWindows,
  sessionLengthMaxMs,
  TumblingWindows,
  type WindowEvent,
  windowAt,
  windowSizeMs,
} from "../src/index.ts";

const hour = 3_600_000;
const day = 24 * hour;

const someEvents = fc
  .array(
    fc.record({
      sessionId: fc.constantFrom("s1", "s2", "s3"),
      visitorId: fc.constantFrom("v1", "v2"),
      name: fc.constantFrom("view_item", "purchase", "page_view"),
      occurredAtMs: fc.oneof(
        fc.integer({ min: 0, max: 10 * 60_000 }),
        fc.integer({ min: 0, max: 100 }).map((step) => step * sessionGapMs),
        fc.integer({ min: 0, max: 60 * hour }),
      ),
      items: fc.array(
        fc.record(
          {
            item_id: fc.constantFrom("i1", "i2"),
            price: fc.double({ min: -10, max: 100, noNaN: true }),
            quantity: fc.integer({ min: 0, max: 5 }),
          },
          { requiredKeys: ["item_id"] },
        ),
        { maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 80 },
  )
  .map((events): WindowEvent[] =>
    events.map((event, index) => ({ ...event, tenant: "demo", eventId: `id-${String(index).padStart(3, "0")}` })),
  );

const unbounded = { openAggregatesMax: 1e9, openRowsMax: 1e9, openSessionsMax: 1e9 };
const nothingClosed = { ...unbounded, watermarkMs: Number.NEGATIVE_INFINITY };
const interactionNames = new Set(["view_item", "purchase"]);

function closeAll(events: readonly WindowEvent[]): { windows: ItemWindow[]; sessions: readonly SessionRow[] } {
  const windows = new TumblingWindows(itemWindows, nothingClosed);
  const sessions = new SessionWindows({ ...nothingClosed, interactionNames });
  for (const event of events) {
    expect(windows.observe(event)).toBe("open");
    expect(sessions.observe(event)).toBe("open");
  }
  const closed = { windows: windows.closeReady(1e15), sessions: sessions.closeReady(1e15) };
  expect(closed.sessions.recompute).toEqual([]);
  expect([windows.openWindows, windows.openAggregates, sessions.openSessions, sessions.openRows]).toEqual([0, 0, 0, 0]);
  return { windows: closed.windows, sessions: closed.sessions.rows };
}

const keyOf = ({ visitorId, sessionId }: SessionKey) => `${visitorId} ${sessionId}`;
const byText = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).sort();

test("minute windows are aligned, half-open, never overlap, and hold every event once", () => {
  fc.assert(
    fc.property(someEvents, (events) => {
      const { windows } = closeAll(events);
      for (const { startMs, endMs } of windows) {
        expect(startMs % windowSizeMs).toBe(0);
        expect(endMs - startMs).toBe(windowSizeMs);
      }
      for (const event of events) {
        const { startMs, endMs } = windowAt(event.occurredAtMs, windowSizeMs);
        expect(startMs <= event.occurredAtMs && event.occurredAtMs < endMs).toBe(true);
      }
      const counted = windows.reduce((sum, row) => sum + row.events, 0);
      const named = events.reduce((sum, event) => sum + new Set(event.items!.map((item) => item.item_id)).size, 0);
      expect(counted).toBe(named);
      const keys = windows.map((row) => `${row.startMs} ${row.itemId} ${row.eventName}`);
      expect(new Set(keys).size).toBe(keys.length);
    }),
  );
});

test("sessions hold every interaction once, in order, with gaps of at most 30 minutes and at most a day long", () => {
  fc.assert(
    fc.property(someEvents, (events) => {
      const { sessions } = closeAll(events);
      const interactions = events.filter((event) => interactionNames.has(event.name));
      expect(sessions).toHaveLength(interactions.reduce((sum, event) => sum + event.items!.length, 0));
      const bySession = groupBy(sessions, (row) => `${keyOf(row)} ${row.sessionStartMs}`);
      for (const rows of bySession.values()) {
        expect(rows.map((row) => row.position)).toEqual(rows.map((_row, index) => index + 1));
        const times = rows.map((row) => row.occurredAtMs);
        expect(times[0]).toBe(rows[0]!.sessionStartMs);
        expect(times.at(-1)).toBe(rows[0]!.sessionEndMs);
        for (let i = 1; i < times.length; i += 1) {
          expect(times[i]! - times[i - 1]!).toBeGreaterThanOrEqual(0);
          expect(times[i]! - times[i - 1]!).toBeLessThanOrEqual(sessionGapMs);
        }
        expect(times.at(-1)! - times[0]!).toBeLessThanOrEqual(sessionLengthMaxMs);
      }
      const spans = [...bySession.values()].map((rows) => rows[0]!);
      for (const a of spans) {
        for (const b of spans) {
          if (a === b || keyOf(a) !== keyOf(b) || a.sessionStartMs > b.sessionStartMs) continue;
          expect(a.sessionEndMs).toBeLessThan(b.sessionStartMs);
          const isCut = Math.floor(a.sessionEndMs / day) < Math.floor(b.sessionStartMs / day);
          expect(b.sessionStartMs - a.sessionEndMs > sessionGapMs || isCut).toBe(true);
        }
      }
    }),
  );
});

test("the order of arrival changes no row", () => {
  fc.assert(
    fc.property(
      someEvents.chain((events) =>
        fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
      ),
      ([events, shuffled]) => {
        const [a, b] = [closeAll(events), closeAll(shuffled)];
        expect(byText(b.windows)).toEqual(byText(a.windows));
        expect(byText(b.sessions)).toEqual(byText(a.sessions));
      },
    ),
  );
});

test("closing step by step behind events in order gives the rows of closing once", () => {
  fc.assert(
    fc.property(someEvents, (unordered) => {
      const events = [...unordered].sort((a, b) => a.occurredAtMs - b.occurredAtMs);
      const windows = new TumblingWindows(itemWindows, nothingClosed);
      const sessions = new SessionWindows({ ...nothingClosed, interactionNames });
      const rows: { windows: ItemWindow[]; sessions: SessionRow[] } = { windows: [], sessions: [] };
      for (const event of events) {
        expect(windows.observe(event)).toBe("open");
        expect(sessions.observe(event)).toBe("open");
        rows.windows.push(...windows.closeReady(event.occurredAtMs));
        rows.sessions.push(...sessions.closeReady(event.occurredAtMs).rows);
      }
      rows.windows.push(...windows.closeReady(1e15));
      rows.sessions.push(...sessions.closeReady(1e15).rows);
      const once = closeAll(events);
      expect(byText(rows.windows)).toEqual(byText(once.windows));
      expect(byText(rows.sessions)).toEqual(byText(once.sessions));
    }),
  );
});

test("bounds hold after each event, and what they cost is told: late events, and sessions to be made again", () => {
  fc.assert(
    fc.property(someEvents, (events) => {
      const windows = new TumblingWindows(itemWindows, { watermarkMs: Number.NEGATIVE_INFINITY, openAggregatesMax: 3 });
      const sessions = new SessionWindows({
        watermarkMs: Number.NEGATIVE_INFINITY,
        interactionNames,
        openRowsMax: 4,
        openSessionsMax: 2,
      });
      const toldSessions = new Set<string>();
      for (const event of events) {
        windows.observe(event);
        if (sessions.observe(event) === "late") toldSessions.add(keyOf(event));
        windows.closeReady(0);
        const closed = sessions.closeReady(0);
        for (const session of [...closed.rows, ...closed.recompute]) toldSessions.add(keyOf(session));
        expect(windows.openAggregates).toBeLessThanOrEqual(3);
        expect(sessions.openRows).toBeLessThanOrEqual(4);
        expect(sessions.openSessions).toBeLessThanOrEqual(2);
      }
      const last = sessions.closeReady(1e15);
      for (const session of [...last.rows, ...last.recompute]) toldSessions.add(keyOf(session));
      const interacting = events.filter((event) => interactionNames.has(event.name) && event.items!.length > 0);
      expect([...toldSessions].sort()).toEqual([...new Set(interacting.map(keyOf))].sort());
    }),
  );
});

test("an event for a closed window or a closed session is late, one for an open session is not", () => {
  const event = (occurredAtMs: number, sessionId = "s1"): WindowEvent => ({
    eventId: `${occurredAtMs}`,
    tenant: "demo",
    name: "view_item",
    visitorId: "v1",
    sessionId,
    occurredAtMs,
    items: [{ item_id: "i1" }],
  });
  const windows = new TumblingWindows(itemWindows, { ...nothingClosed, watermarkMs: 120_000 });
  expect(windows.observe(event(119_999))).toBe("late");
  expect(windows.observe(event(120_000))).toBe("open");
  const sessions = new SessionWindows({ ...nothingClosed, interactionNames, watermarkMs: 10 * hour });
  expect(sessions.observe(event(9 * hour))).toBe("late");
  // Before the watermark it may join a session whose rows are gone, so it is made again: now, and when it closes.
  expect(sessions.observe(event(10 * hour - 1000))).toBe("late");
  expect(sessions.observe(event(10 * hour))).toBe("open");
  expect(sessions.closeReady(11 * hour)).toEqual({
    rows: [],
    recompute: [{ tenant: "demo", visitorId: "v1", sessionId: "s1", firstMs: 10 * hour - 1000, lastMs: 10 * hour }],
  });
});

function groupBy<T>(rows: readonly T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}
