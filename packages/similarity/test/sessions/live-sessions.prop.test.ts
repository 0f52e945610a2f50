import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { ItemScores } from "../../src/models/item-scores.ts";
import { defaultSessionBlend } from "../../src/models/session-blend.ts";
import { logFrequenciesOf, Vstan } from "../../src/models/vstan.ts";
import { type LearntSessions, LiveSessions, sessionIdleMs } from "../../src/sessions/live-sessions.ts";
import { buildSessionIndex, type SessionIndex } from "../../src/sessions/session-index.ts";
import { buildSessions } from "../random-sessions.ts";

const minuteMs = 60_000;
const startMs = 1_700_000_000_000;
const anyItem = fc.constantFrom(..."abcdefgh");
/** Visitors by turns, so that sessions run side by side; a long pause ends all of them. */
const click = fc.record({
  visitorId: fc.constantFrom("u", "v", "w", "x"),
  itemId: anyItem,
  minutes: fc.constantFrom(0.01, 1, 20, 45),
});
type Click = typeof click extends fc.Arbitrary<infer Value> ? Value : never;
const vstan = { ...defaultSessionBlend, k: 5, sampleSize: 7 };

interface Session {
  readonly visitorId: string;
  readonly itemIds: string[];
  endMs: number;
}

/** Sessions by a plain rule: a visitor's clicks with no gap longer than the idle time. Ordered by their ends. */
function sessionsOf(clicks: readonly (Click & { atMs: number })[]): Session[] {
  const sessions: Session[] = [];
  for (const { visitorId, itemId, atMs } of clicks) {
    const running = sessions.findLast((session) => session.visitorId === visitorId);
    if (running !== undefined && atMs - running.endMs <= sessionIdleMs) {
      running.itemIds.push(itemId);
      running.endMs = atMs;
    } else sessions.push({ visitorId, itemIds: [itemId], endMs: atMs });
  }
  return sessions.sort((a, b) => a.endMs - b.endMs);
}

function indexOf(sessions: readonly Session[], itemIds: readonly string[], sampleSize = Infinity): SessionIndex {
  const numbered = sessions.map(({ itemIds: ids, endMs }) => ({ items: ids.map((id) => itemIds.indexOf(id)), endMs }));
  return buildSessionIndex(buildSessions(numbered, itemIds.length), { sessionsPerItemMax: sampleSize });
}

function learntFrom(sessions: readonly Session[], trainedUntilMs: number): LearntSessions {
  const itemIds = [...new Set(sessions.flatMap((session) => session.itemIds))].sort();
  const index = indexOf(sessions, itemIds, vstan.sampleSize);
  return { index, itemIds, indexByItemId: new Map(itemIds.map((id, at) => [id, at])), trainedUntilMs };
}

function scoresByItem(score: (scores: ItemScores) => void, itemCount: number, idOf: (item: number) => string) {
  const scores = new ItemScores();
  score(scores);
  const entries = Array.from({ length: itemCount }, (_, item) => [idOf(item), scores.get(item)] as const);
  return entries.filter(([, value]) => value > 0).sort(([a], [b]) => (a < b ? -1 : 1));
}

describe("learnt and live sessions together", () => {
  it("answer like an index of all of them, before and after the next model", () => {
    const clicks = fc.array(click, { minLength: 1, maxLength: 60 });
    const query = fc.uniqueArray(anyItem, { minLength: 1, maxLength: 4 });
    const shares = fc.tuple(fc.nat(100), fc.nat(100));
    fc.assert(
      fc.property(clicks, query, shares, (given, asked, cuts) => {
        let atMs = startMs;
        const timed = given.map((one) => ({ ...one, atMs: (atMs += one.minutes * minuteMs) }));
        const all = sessionsOf(timed);
        const nowMs = atMs + minuteMs;
        const live = new LiveSessions({ liveClicksMax: 1_000 });
        for (const one of timed) live.observe(one);
        for (const cut of [0, ...cuts]) {
          // Sessions that ended up to a moment are learnt; the others are live, whole.
          const learntCount = Math.floor((cut / 100) * all.length);
          const trainedUntilMs = all[learntCount - 1]?.endMs ?? 0;
          live.rebase(learntCount === 0 ? undefined : learntFrom(all.slice(0, learntCount), trainedUntilMs));
          const { learnt } = live;
          expect(live.sessionCount).toBe(all.length);
          const known = asked.map((id) => learnt.indexByItemId.get(id) ?? live.newItem(id));
          const items = known.filter((item) => item !== undefined);
          const both = new Vstan({ index: learnt.index, live }, vstan);
          const idOf = (item: number): string => learnt.itemIds[item] ?? live.newItemId(item);
          const ours = scoresByItem((into) => both.score({ items, timeMs: nowMs }, into), live.itemCount, idOf);

          const itemIds = [..."abcdefgh"];
          const index = indexOf(all, itemIds);
          const rebuilt = new Vstan({ index, logFrequencies: logFrequenciesOf(index.itemSupport) }, vstan);
          const seen = asked.map((id) => itemIds.indexOf(id)).filter((item) => index.itemSupport[item]! > 0);
          const theirs = scoresByItem(
            (into) => rebuilt.score({ items: seen, timeMs: nowMs }, into),
            itemIds.length,
            (item) => itemIds[item]!,
          );
          expect(ours.map(([id]) => id)).toEqual(theirs.map(([id]) => id));
          for (const [at, [, value]] of ours.entries()) expect(value).toBeCloseTo(theirs[at]![1], 9);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("hold what the last clicks touched, however many came before", () => {
    fc.assert(
      fc.property(fc.array(click, { minLength: 1, maxLength: 120 }), fc.integer({ min: 1, max: 12 }), (given, max) => {
        const live = new LiveSessions({ liveClicksMax: max });
        let atMs = startMs;
        for (const one of given) live.observe({ ...one, atMs: (atMs += one.minutes * minuteMs) });
        expect(live.size).toBeGreaterThan(0);
        expect(live.size).toBeLessThanOrEqual(max);
        // The support is that of the sessions still held, and so is nothing after forgetting.
        const held = new Set<string>();
        for (let item = 0; item < live.itemCount; item++) {
          const numbers = [...(live.sessionsWith(item)?.numbers.subarray(live.sessionsWith(item)!.start) ?? [])];
          const current = numbers.filter((number) => live.isCurrent(number));
          expect(new Set(current).size).toBe(current.length);
          expect(live.supportOf(item)).toBe(current.length);
          for (const number of current) held.add(live.sessionOf(number).visitorId + number);
        }
        expect(held.size).toBe(live.size);
      }),
    );
  });
});

test("clicks that come late or twice count once, in their place", () => {
  const live = new LiveSessions();
  const see = (itemId: string, seconds: number): void =>
    live.observe({ visitorId: "v", itemId, atMs: startMs + 1_000 * seconds });
  see("a", 10);
  see("c", 30);
  see("b", 20);
  see("c", 30);
  see("a", -40 * 60);
  const session = live.sessionOf(live.runningSession("v"));
  expect(session.itemIds).toEqual(["a", "b", "c"]);
  expect([...session.positions]).toEqual([1, 2, 3]);
});

test("a visitor's own session is not his neighbour, and one visitor alone makes no item known", () => {
  const live = new LiveSessions();
  const index = live.learnt.index;
  const model = new Vstan({ index, live }, vstan);
  live.observe({ visitorId: "v", itemId: "a", atMs: startMs });
  live.observe({ visitorId: "v", itemId: "new", atMs: startMs + 1 });
  const [a, added] = [live.newItem("a")!, live.newItem("new")!];
  const scoreOf = (ownSession: number): number => {
    const scores = new ItemScores();
    model.score({ items: [a], timeMs: startMs, ownSession }, scores);
    return scores.get(added);
  };
  expect(scoreOf(live.runningSession("v"))).toBe(0);
  expect(scoreOf(-1)).toBeGreaterThanOrEqual(0);
  expect(live.isKnownEnough(added)).toBe(false);
  for (const visitorId of ["w", "x"]) live.observe({ visitorId, itemId: "new", atMs: startMs + 2 });
  expect(live.isKnownEnough(added)).toBe(true);
});
