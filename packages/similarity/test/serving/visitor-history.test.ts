import { describe, expect, test } from "vitest";
import { runningSessionStart, VisitorHistory } from "../../src/serving/visitor-history.ts";
import { sessionIdleMs } from "../../src/sessions/live-sessions.ts";

const minuteMs = 60_000;

function historyOf(touches: readonly [itemId: string, atMs: number, weight?: number][], visitorItemsMax = 40) {
  const history = new VisitorHistory({ visitorItemsMax });
  for (const [itemId, atMs, weight = 1] of touches) {
    history.observe({ visitorId: "v", itemId, atMs, weight, isPurchase: weight === 5 });
  }
  return history.find("v")!;
}
const ids = (visitor: ReturnType<typeof historyOf>) => visitor.touches.map((touch) => touch.itemId);

describe("VisitorHistory", () => {
  test("keeps items once, by their newest touch", () => {
    expect(
      ids(
        historyOf([
          ["a", 1],
          ["b", 2],
          ["a", 3],
        ]),
      ),
    ).toEqual(["b", "a"]);
  });

  test("puts a late event in its place", () => {
    expect(
      ids(
        historyOf([
          ["a", 1],
          ["c", 3],
          ["b", 2],
        ]),
      ),
    ).toEqual(["a", "b", "c"]);
    expect(
      historyOf([
        ["a", 1],
        ["c", 3],
        ["b", 2],
      ]).lastAtMs,
    ).toBe(3);
  });

  test("counts for a trend what is new of a visitor on a day: the heaviest interaction with an item", () => {
    const history = new VisitorHistory();
    const observe = (itemId: string, weight: number, atMs: number) =>
      history.observe({ visitorId: "v", itemId, weight, isPurchase: false, atMs });
    const dayMs = 24 * 60 * minuteMs;
    expect([observe("a", 1, 1), observe("a", 1, 2), observe("a", 3, 3), observe("a", 0, 4)]).toEqual([1, 0, 2, 0]);
    expect([observe("a", 1, dayMs), observe("a", 3, 5), observe("a", 1, dayMs + 1)]).toEqual([1, 0, 0]);
  });

  test("a visitor who goes round in circles adds no more to all trends on a day than a hundred views", () => {
    const history = new VisitorHistory({ visitorItemsMax: 2 });
    let added = 0;
    for (let round = 0; round < 1_500; round += 1) {
      added += history.observe({ visitorId: "v", itemId: `i${round % 3}`, weight: 1, isPurchase: false, atMs: round });
    }
    expect(added).toBe(100);
  });

  test("the oldest item gives way past the bound", () => {
    expect(
      ids(
        historyOf(
          [
            ["a", 1],
            ["b", 2],
            ["c", 3],
          ],
          2,
        ),
      ),
    ).toEqual(["b", "c"]);
  });

  test("30 idle minutes start a new session; what was before is the profile", () => {
    const visitor = historyOf([
      ["a", 0],
      ["b", sessionIdleMs + 1],
      ["c", sessionIdleMs + 2],
    ]);
    expect(runningSessionStart(visitor, sessionIdleMs + 3)).toBe(1);
    expect(
      runningSessionStart(
        historyOf([
          ["a", 0],
          ["b", sessionIdleMs],
        ]),
        sessionIdleMs,
      ),
    ).toBe(0);
  });

  test("a session nobody went on with has ended", () => {
    const visitor = historyOf([
      ["a", 0],
      ["b", minuteMs],
    ]);
    expect(runningSessionStart(visitor, minuteMs + sessionIdleMs)).toBe(0);
    expect(runningSessionStart(visitor, minuteMs + sessionIdleMs + 1)).toBe(2);
  });

  test("a touch again does not tear the session apart", () => {
    const visitor = historyOf([
      ["a", 0],
      ["b", 25 * minuteMs],
      ["c", 50 * minuteMs],
      ["b", 51 * minuteMs],
    ]);
    expect(ids(visitor)).toEqual(["a", "c", "b"]);
    expect(runningSessionStart(visitor, 52 * minuteMs)).toBe(0);
  });

  test("an old event of a replay goes to the profile", () => {
    const visitor = historyOf([
      ["now", 1e12],
      ["old", 1e9],
    ]);
    expect(ids(visitor)).toEqual(["old", "now"]);
    expect(runningSessionStart(visitor, 1e12)).toBe(1);
  });

  test("the heaviest interaction of a session counts; out of the cart leaves a view", () => {
    expect(
      historyOf([
        ["a", 1, 3],
        ["a", 2, 1],
      ]).touches[0],
    ).toMatchObject({ weight: 3, atMs: 2 });
    expect(
      historyOf([
        ["a", 1, 3],
        ["a", 2, 0],
      ]).touches[0],
    ).toMatchObject({ weight: 1 });
    expect(
      historyOf([
        ["a", 1, 3],
        ["a", 2 + sessionIdleMs, 1],
      ]).touches[0],
    ).toMatchObject({ weight: 1 });
    expect(
      ids(
        historyOf([
          ["b", 1, 1],
          ["a", 2, 0],
        ]),
      ),
    ).toEqual(["b"]);
  });

  test("remembers when an item was bought", () => {
    expect(
      historyOf([
        ["a", 7, 5],
        ["a", 9, 1],
      ]).touches[0],
    ).toMatchObject({ purchasedAtMs: 7, atMs: 9 });
  });

  test("forgets the visitor not seen for longest past the bound", () => {
    const history = new VisitorHistory({ visitorsMax: 2 });
    for (const visitorId of ["v1", "v2", "v1", "v3"]) {
      history.observe({ visitorId, itemId: "a", atMs: 1, weight: 1, isPurchase: false });
    }
    expect(history.size).toBe(2);
    expect(history.find("v2")).toBeUndefined();
    expect(history.find("v1")).toBeDefined();
  });
});
