import { describe, expect, it } from "vitest";
import { newestTimeMs, rankPopularity } from "../src/rank-popularity.ts";
import { buildSessions } from "./random-sessions.ts";

const dayMs = 86_400_000;

describe("rankPopularity", () => {
  it("halves the weight per half-life before the newest event and ranks equal items by index", () => {
    const sessions = buildSessions([
      { items: [4, 4, 4], endMs: 100 * dayMs },
      { items: [1, 3], endMs: 107 * dayMs },
    ]);
    const { popularItems, popularScores } = rankPopularity(sessions, 7, newestTimeMs(sessions));
    expect([...popularItems]).toEqual([1, 3, 4]);
    expect([...popularScores]).toEqual([1, 1, 0.5]);
  });

  it("counts what a visitor did most with an item on a day", () => {
    const days = (time: number): number => time * dayMs;
    const sessions = buildSessions([
      { visitor: 1, items: [7, 7, 7], endMs: days(100) },
      { visitor: 1, items: [7, 8], endMs: days(100) + 1 },
      { visitor: 1, items: [7], endMs: days(100) + 2 },
      { visitor: 1, items: [7], endMs: days(101) },
      { visitor: 2, items: [8], endMs: days(101) + 1 },
      { visitor: 3, items: [8], endMs: days(101) + 2 },
    ]);
    const ranked = rankPopularity(sessions, 1e9, days(102));
    expect([...ranked.popularItems]).toEqual([8, 7]);
    expect([...ranked.popularScores]).toEqual([3, 2]);
  });
});
