import { describe, expect, it } from "vitest";
import { ItemScores } from "../../src/models/item-scores.ts";
import { withoutRareRepeats } from "../../src/models/repeats.ts";
import { buildSessions } from "../random-sessions.ts";

const scoreAll = {
  score: (_: unknown, scores: ItemScores) => [0, 1, 2].forEach((i) => scores.add(i, 1)),
};

function recommended(trained: number[][], items: number[]): number[] {
  const sessions = buildSessions(
    trained.map((clicks, at) => ({ items: clicks, endMs: at })),
    3,
  );
  const scores = new ItemScores();
  withoutRareRepeats(sessions, scoreAll).score({ items, timeMs: 0 }, scores);
  return [0, 1, 2].filter((item) => scores.get(item) > 0);
}

describe("withoutRareRepeats", () => {
  const plain = Array.from({ length: 60 }, () => [0, 1, 0]);

  it("leaves out the item just clicked where nobody clicks twice in a row, and no other", () => {
    expect(recommended(plain, [0, 1])).toEqual([0, 2]);
    // 1 in 121 clicks.
    expect(recommended([...plain, [2, 2]], [0, 1])).toEqual([0, 2]);
  });

  it("changes nothing where some do, or where nothing is known", () => {
    expect(recommended([...plain, [2, 2], [1, 1]], [0, 1])).toEqual([0, 1, 2]);
    expect(recommended([[0], [1]], [0, 1])).toEqual([0, 1, 2]);
  });
});
