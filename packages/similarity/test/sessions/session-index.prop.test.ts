import fc from "fast-check";
import { expect, test } from "vitest";
import { RecentNeighbors } from "../../src/sessions/recent-neighbors.ts";
import { buildSessionIndex } from "../../src/sessions/session-index.ts";
import { buildSessions } from "../random-sessions.ts";

const itemCount = 6;
const clicks = fc.array(fc.nat(itemCount - 1), { minLength: 1, maxLength: 9 });

test("an index bounded by what is looked at finds the same, and is no larger", () => {
  fc.assert(
    fc.property(fc.array(clicks, { minLength: 1, maxLength: 40 }), clicks, fc.integer({ min: 1, max: 8 }), check),
  );
});

function check(trained: number[][], query: number[], sessionsMax: number): void {
  const sessions = buildSessions(
    trained.map((items, at) => ({ items, endMs: at })),
    itemCount,
  );
  const whole = buildSessionIndex(sessions);
  const bounded = buildSessionIndex(sessions, { sessionsPerItemMax: sessionsMax });
  expect(bounded.itemSupport).toEqual(whole.itemSupport);
  expect(bounded.items.length).toBeLessThanOrEqual(whole.items.length);
  const found = [whole, bounded].map((index) => {
    const neighbors = new RecentNeighbors(index);
    neighbors.find(query, (position) => position, sessionsMax);
    return Array.from({ length: neighbors.count }, (_, at) => {
      const session = neighbors.sessions[at]!;
      const [start, end] = [index.offsets[session]!, index.offsets[session + 1]!];
      const items = [...index.items.subarray(start, end)];
      const positions = [...index.positions.subarray(start, end)];
      return { endMs: index.endTimesMs[session], items, positions, weight: neighbors.weights[at] };
    });
  });
  expect(found[1]).toEqual(found[0]);
}

test("a session's oldest clicks past the bound are left out", () => {
  const sessions = buildSessions([{ items: [0, 1, 2, 1], endMs: 1 }], 3);
  const index = buildSessionIndex(sessions, { sessionItemsMax: 3 });
  expect([[...index.items], [...index.positions]]).toEqual([
    [2, 1],
    [2, 3],
  ]);
  expect([...index.itemSupport]).toEqual([0, 1, 1]);
});
