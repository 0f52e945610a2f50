import { expect, test } from "vitest";
import { sessionGapMs, type SessionRow } from "../src/session-row.ts";
import { SessionWindows, type SessionWindowsOptions } from "../src/session-windows.ts";
import {
  dayMs,
  forever,
  hourMs,
  interactionNames,
  midnightMs,
  minuteMs,
  never,
  windowEvent,
} from "./window-fixture.ts";

function newSessions(options: Partial<SessionWindowsOptions> = {}): SessionWindows {
  return new SessionWindows({
    interactionNames,
    watermarkMs: never,
    openRowsMax: 1_000,
    openSessionsMax: 1_000,
    ...options,
  });
}

const at = (offsetMs: number, sessionId = "s1") => windowEvent({ occurredAtMs: midnightMs + offsetMs, sessionId });
/** Session start, place in it, and time of each row, times from midnight. */
const placesOf = (rows: readonly SessionRow[]) =>
  rows.map((row) => [row.sessionStartMs - midnightMs, row.position, row.occurredAtMs - midnightMs]);

test("a pause of just the gap keeps a session together, one ms more splits it", () => {
  const sessions = newSessions();
  for (const offsetMs of [0, sessionGapMs, 2 * sessionGapMs + 1]) sessions.observe(at(offsetMs));
  const { rows, recompute } = sessions.closeReady(forever);
  expect(recompute).toEqual([]);
  expect(placesOf(rows)).toEqual([
    [0, 1, 0],
    [0, 2, sessionGapMs],
    [2 * sessionGapMs + 1, 1, 2 * sessionGapMs + 1],
  ]);
  expect(rows.map((row) => row.sessionEndMs - midnightMs)).toEqual([sessionGapMs, sessionGapMs, 2 * sessionGapMs + 1]);
});

test("an event between two sessions joins them", () => {
  const sessions = newSessions();
  for (const offsetMs of [2 * sessionGapMs, 0]) sessions.observe(at(offsetMs));
  expect(sessions.openSessions).toBe(2);
  sessions.observe(at(sessionGapMs));
  expect([sessions.openSessions, sessions.openRows]).toEqual([1, 3]);
  expect(sessions.closeReady(forever).rows.map((row) => row.position)).toEqual([1, 2, 3]);
  expect([sessions.openSessions, sessions.openRows]).toEqual([0, 0]);
});

test("rows are in order of time, then event id, then index in items", () => {
  const sessions = newSessions();
  const items = [{ item_id: "z", price: 2, quantity: 3 }, { item_id: "a" }];
  sessions.observe(windowEvent({ eventId: "e9", occurredAtMs: midnightMs, items }));
  sessions.observe(windowEvent({ eventId: "e10", occurredAtMs: midnightMs, items }));
  sessions.observe(windowEvent({ eventId: "e99", occurredAtMs: midnightMs - 1, items: [{ item_id: "m" }] }));
  const { rows } = sessions.closeReady(forever);
  expect(rows.map((row) => `${row.position} ${row.eventId} ${row.itemId} ${row.quantity} ${row.price}`)).toEqual([
    "1 e99 m 1 undefined",
    "2 e10 z 3 2",
    "3 e10 a 1 undefined",
    "4 e9 z 3 2",
    "5 e9 a 1 undefined",
  ]);
});

test("only interactions with items make a session, and nothing else holds it open", () => {
  const sessions = newSessions({ watermarkMs: midnightMs });
  const { items: _, ...bare } = at(0);
  expect(sessions.observe(bare)).toBe("open");
  expect(sessions.observe({ ...bare, items: [] })).toBe("open");
  expect(sessions.observe({ ...at(-dayMs), name: "page_view" })).toBe("open");
  expect([sessions.openSessions, sessions.openRows]).toEqual([0, 0]);
  sessions.observe(at(0));
  sessions.observe({ ...at(sessionGapMs), name: "page_view" });
  sessions.observe(at(sessionGapMs + 1));
  expect(sessions.openSessions).toBe(2);
});

test("tenants, visitors and session ids do not mix: an id that two visitors share is two sessions", () => {
  const sessions = newSessions();
  sessions.observe(at(0));
  sessions.observe(at(1, "s2"));
  sessions.observe({ ...at(2), tenant: "other" });
  sessions.observe({ ...at(3), visitorId: "v2" });
  const { rows } = sessions.closeReady(forever);
  expect(rows.map((row) => [row.tenant, row.visitorId, row.sessionId, row.position])).toEqual([
    ["demo", "v1", "s1", 1],
    ["demo", "v1", "s2", 1],
    ["other", "v1", "s1", 1],
    ["demo", "v2", "s1", 1],
  ]);
});

test("a run of 24 hours is one session; of one ms more it is cut at midnights", () => {
  for (const [moreMs, starts] of [
    [0, [0]],
    [1, [0, 12 * hourMs]],
  ] as const) {
    const sessions = newSessions();
    const fromMs = 12 * hourMs;
    for (let ms = 0; ms < dayMs; ms += sessionGapMs) sessions.observe(at(ms - fromMs));
    sessions.observe(at(dayMs + moreMs - fromMs - minuteMs));
    sessions.observe(at(dayMs + moreMs - fromMs));
    const { rows } = sessions.closeReady(forever);
    const found = [...new Set(rows.map((row) => row.sessionStartMs - midnightMs + fromMs))];
    expect(found).toEqual(starts);
    expect(rows.filter((row) => row.position === 1)).toHaveLength(starts.length);
  }
});

test("the days of a run that never pauses close one by one", () => {
  const sessions = newSessions();
  const rows: SessionRow[] = [];
  for (let ms = 0; ms < 5 * dayMs; ms += 20 * minuteMs) {
    expect(sessions.observe(at(ms))).toBe("open");
    const closed = sessions.closeReady(midnightMs + ms);
    expect(closed.recompute).toEqual([]);
    rows.push(...closed.rows);
    expect(sessions.openRows).toBeLessThanOrEqual(2 * 72 + 1);
  }
  expect(sessions.observe(at(4 * dayMs - 1))).toBe("late");
  rows.push(...sessions.closeReady(forever).rows);
  expect([...new Set(rows.map((row) => (row.sessionStartMs - midnightMs) / dayMs))]).toEqual([0, 1, 2, 3, 4]);
  expect(rows).toHaveLength(5 * 72);
});

test("a session closes once the watermark is more than the gap past its end; then its events are late", () => {
  const sessions = newSessions();
  sessions.observe(at(0));
  expect(sessions.closeReady(midnightMs + sessionGapMs).rows).toEqual([]);
  expect(sessions.observe(at(minuteMs))).toBe("open");
  expect(sessions.closeReady(midnightMs + minuteMs + sessionGapMs + 1).rows).toHaveLength(2);
  expect(sessions.closeReady(midnightMs + minuteMs + sessionGapMs + 1).rows).toEqual([]);
  expect(sessions.observe(at(minuteMs))).toBe("late");
  expect(sessions.closeReady(never).rows).toEqual([]);
  expect(sessions.watermarkMs).toBe(midnightMs + minuteMs + sessionGapMs + 1);
});

test("an event that may extend a session whose rows are gone is late, and has that span recomputed when it closes", () => {
  const sessions = newSessions();
  sessions.observe(at(0));
  sessions.closeReady(midnightMs + sessionGapMs + 1);
  expect(sessions.observe(at(sessionGapMs))).toBe("late");
  sessions.observe(at(sessionGapMs + minuteMs));
  const span = { firstMs: midnightMs + sessionGapMs, lastMs: midnightMs + sessionGapMs + minuteMs };
  const recompute = [{ tenant: "demo", visitorId: "v1", sessionId: "s1", ...span }];
  expect(sessions.closeReady(forever)).toEqual({ rows: [], recompute });
  expect(sessions.openRows).toBe(0);
});

test("past the bound of rows a session keeps its span only", () => {
  const sessions = newSessions({ openRowsMax: 2 });
  for (const [offsetMs, id] of [
    [0, "s1"],
    [0, "s2"],
    [5, "s2"],
    [6, "s1"],
  ] as const)
    sessions.observe(at(offsetMs, id));
  expect(sessions.openRows).toBe(2);
  const { rows, recompute } = sessions.closeReady(forever);
  expect(recompute).toEqual([
    { tenant: "demo", visitorId: "v1", sessionId: "s2", firstMs: midnightMs, lastMs: midnightMs + 5 },
  ]);
  expect(rows.map((row) => [row.sessionId, row.position])).toEqual([
    ["s1", 1],
    ["s1", 2],
  ]);
});

test("past the bound of sessions the oldest close early, and their events are late from then on", () => {
  const sessions = newSessions({ openSessionsMax: 1 });
  for (const [offsetMs, id] of [
    [2, "s3"],
    [0, "s1"],
    [1, "s2"],
  ] as const)
    sessions.observe(at(offsetMs, id));
  const { rows } = sessions.closeReady(never);
  expect(rows.map((row) => row.sessionId).sort()).toEqual(["s1", "s2"]);
  expect(sessions.openSessions).toBe(1);
  expect(sessions.watermarkMs).toBe(midnightMs + 1 + sessionGapMs + 1);
  expect(sessions.observe(at(1, "s2"))).toBe("late");
  expect(sessions.observe(at(3, "s3"))).toBe("open");
});

test("an event before an open session that may join it to a closed one is late, and has both recomputed", () => {
  const sessions = newSessions();
  const [closedMs, joinMs, openMs] = [0, sessionGapMs, sessionGapMs + 2 * minuteMs];
  sessions.observe(at(closedMs));
  sessions.observe(at(openMs));
  expect(sessions.closeReady(midnightMs + sessionGapMs + minuteMs).rows).toHaveLength(1);
  expect(sessions.observe(at(joinMs))).toBe("late");
  expect(sessions.openRows).toBe(0);
  const span = { firstMs: midnightMs + joinMs, lastMs: midnightMs + openMs };
  const recompute = [{ tenant: "demo", visitorId: "v1", sessionId: "s1", ...span }];
  expect(sessions.closeReady(forever)).toEqual({ rows: [], recompute });
});

test("what is late for a closed day of a long run stays late when the run is joined to a later one", () => {
  const sessions = newSessions();
  for (let ms = 0; ms <= 25 * hourMs; ms += sessionGapMs) sessions.observe(at(ms));
  expect(sessions.closeReady(midnightMs + dayMs).rows).toHaveLength(48);
  expect(sessions.observe(at(hourMs))).toBe("late");
  sessions.observe(at(26 * hourMs));
  sessions.observe(at(25 * hourMs + sessionGapMs));
  expect(sessions.openSessions).toBe(1);
  expect(sessions.observe(at(hourMs))).toBe("late");
  expect(sessions.closeReady(forever).rows).toHaveLength(5);
});

test("a run that never pauses is not recomputed from its beginning each day", () => {
  const sessions = newSessions({ openRowsMax: 0 });
  let spans = 0;
  for (let ms = 0; ms < 5 * dayMs; ms += 20 * minuteMs) {
    sessions.observe(at(ms));
    for (const { firstMs, lastMs } of sessions.closeReady(midnightMs + ms).recompute) {
      spans += 1;
      expect(lastMs - firstMs).toBeLessThanOrEqual(2 * dayMs + 1);
    }
  }
  expect(spans).toBe(4);
});
