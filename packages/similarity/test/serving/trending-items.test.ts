import { describe, expect, test } from "vitest";
import { TrendingItems } from "../../src/serving/trending-items.ts";

const hourMs = 3_600_000;
const nowMs = 1_700_000_000_000;
const ids = (trending: TrendingItems, atMs: number) => trending.ranked(atMs).map((item) => item.itemId);

describe("TrendingItems", () => {
  test("an interaction counts half after the half-life", () => {
    const trending = new TrendingItems({ halfLifeMs: 6 * hourMs });
    trending.observe("a", 4, nowMs - 6 * hourMs, nowMs);
    trending.observe("b", 1, nowMs, nowMs);
    expect(trending.ranked(nowMs)).toEqual([
      { itemId: "a", score: 2 },
      { itemId: "b", score: 1 },
    ]);
    const later = trending.ranked(nowMs + 12 * hourMs);
    expect(later[0]!.score).toBeCloseTo(0.5);
  });

  test("old events of a replay are no trend", () => {
    const trending = new TrendingItems();
    trending.observe("old", 1, nowMs - 25 * hourMs, nowMs);
    expect(trending.ranked(nowMs)).toEqual([]);
  });

  test("what nobody touched for four half-lives is gone", () => {
    const trending = new TrendingItems();
    trending.observe("a", 1, nowMs, nowMs);
    expect(ids(trending, nowMs + 24 * hourMs)).toEqual(["a"]);
    expect(ids(trending, nowMs + 25 * hourMs)).toEqual([]);
    expect(trending.size).toBe(0);
  });

  test("an event time ahead of now counts as now", () => {
    const trending = new TrendingItems();
    trending.observe("a", 1, nowMs + 1e9, nowMs);
    expect(trending.ranked(nowMs)).toEqual([{ itemId: "a", score: 1 }]);
  });

  test("counts survive years of running", () => {
    const trending = new TrendingItems({ halfLifeMs: hourMs });
    for (let hour = 0; hour < 5_000; hour++) {
      trending.observe("steady", 1, nowMs + hour * hourMs, nowMs + hour * hourMs);
    }
    expect(trending.ranked(nowMs + 4_999 * hourMs)[0]!.score).toBeCloseTo(2);
  });

  test("past the bound the lighter half gives way", () => {
    const trending = new TrendingItems({ trendingItemsMax: 4 });
    for (const [itemId, weight] of [
      ["a", 5],
      ["b", 1],
      ["c", 4],
      ["d", 2],
      ["e", 3],
    ] as const) {
      trending.observe(itemId, weight, nowMs, nowMs);
    }
    expect(ids(trending, nowMs)).toEqual(["a", "c"]);
  });

  test("the order is renewed four times a second, not at every event", () => {
    const trending = new TrendingItems();
    trending.observe("a", 1, nowMs, nowMs);
    expect(ids(trending, nowMs)).toEqual(["a"]);
    trending.observe("b", 2, nowMs, nowMs);
    expect(ids(trending, nowMs + 10)).toEqual(["a"]);
    expect(ids(trending, nowMs + 250)).toEqual(["b", "a"]);
  });
});
