import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RecentNeighbors } from "../../src/sessions/recent-neighbors.ts";
import { buildSessionIndex } from "../../src/sessions/session-index.ts";
import { buildSessions } from "../random-sessions.ts";

const itemCount = 8;
const clicks = (minLength: number) => fc.array(fc.nat(itemCount - 1), { minLength, maxLength: 7 });

describe("RecentNeighbors", () => {
  it("finds the most recent sessions that share an item, and what they share", () => {
    fc.assert(
      fc.property(
        fc.array(clicks(1), { minLength: 1, maxLength: 30 }),
        clicks(1),
        fc.integer({ min: 1, max: 12 }),
        check,
      ),
    );
  });
});

function check(trained: number[][], query: number[], sessionsMax: number): void {
  const index = buildSessionIndex(
    buildSessions(
      trained.map((items, at) => ({ items, endMs: at })),
      itemCount,
    ),
  );
  const neighbors = new RecentNeighbors(index);
  // Twice, so that what the first call leaves behind would show.
  neighbors.find([itemCount - 1, 0], () => 1, sessionsMax);
  neighbors.find(query, (position, length) => position / length, sessionsMax);
  const found = Array.from({ length: neighbors.count }, (_, at) => ({
    session: neighbors.sessions[at],
    weight: Math.round(neighbors.weights[at]! * 1e9),
    position: neighbors.positions[at],
  }));
  const expected = trained
    .map((items, session) => {
      const shared = [...new Set(query)].filter((item) => items.includes(item));
      const places = shared.map((item) => query.lastIndexOf(item) + 1);
      const weight = places.reduce((sum, place) => sum + place / query.length, 0);
      return { session, weight: Math.round(weight * 1e9), position: Math.max(0, ...places) };
    })
    .filter(({ position }) => position > 0)
    .reverse()
    .slice(0, sessionsMax);
  expect(found).toEqual(expected);
}
