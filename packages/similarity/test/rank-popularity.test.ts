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
    expect([...popularItems]).toEqual([4, 1, 3]);
    expect([...popularScores]).toEqual([1.5, 1, 1]);
  });
});
