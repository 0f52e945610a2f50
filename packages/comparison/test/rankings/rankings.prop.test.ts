import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareRankings } from "../../src/rankings/compare-answers.ts";
import { kendallTau } from "../../src/rankings/kendall-tau.ts";
import { overlapAt } from "../../src/rankings/overlap.ts";
import { rankBiasedOverlap } from "../../src/rankings/rank-biased-overlap.ts";

const numRuns = Number(process.env["FC_RUNS"] ?? 100);
const letters = (text: string) => [...text];
const ranking = fc.uniqueArray(fc.integer({ min: 0, max: 30 }).map(String), { maxLength: 20 });
const persistence = fc.double({ min: 0.05, max: 0.95, noNaN: true });
const shared = (left: readonly string[], right: readonly string[], d: number) =>
  left.slice(0, d).filter((item) => right.slice(0, d).includes(item)).length;

/** The sum over all depths that the measure stands for, with agreement beyond what is seen as it was last seen. */
function endlessOverlap(left: readonly string[], right: readonly string[], p: number): number {
  const [shorter, longer] = left.length <= right.length ? [left, right] : [right, left];
  const [s, l] = [shorter.length, longer.length];
  if (s === 0) return l === 0 ? 1 : 0;
  const agreementOfShorter = shared(left, right, s) / s;
  const agreementAt = (d: number) => (shared(left, right, d) + Math.max(0, d - s) * agreementOfShorter) / d;
  let sum = 0;
  for (let d = 1; d <= 800; d++) sum += (1 - p) * p ** (d - 1) * agreementAt(Math.min(d, l));
  return sum;
}

describe("rank-biased overlap", () => {
  it("is what the paper's figures and sums by hand say", () => {
    // Webber et al. 2010: agreement of these two by depth is 0, 0, 2/3, 1/2, 2/5, 1/3, 2/7.
    const [left, right] = [letters("abcdefg"), letters("zcavwxy")];
    expect([1, 2, 3, 4, 5, 6, 7].map((k) => overlapAt(left, right, k))).toEqual([
      0,
      0,
      2 / 3,
      1 / 2,
      2 / 5,
      1 / 3,
      2 / 7,
    ]);
    // 1/9 · (2/3 · 0.729 + 1/2 · 0.6561 + 2/5 · 0.59049 + 1/3 · 0.531441 + 2/7 · 0.4782969) + 2/7 · 0.4782969
    expect(rankBiasedOverlap(left, right, 0.9)).toBeCloseTo(0.2882173, 7);
    expect(rankBiasedOverlap(["a"], ["b", "a"], 0.5)).toBe(0.25);
    expect(rankBiasedOverlap(["a"], ["a", "b", "c"], 0.5)).toBe(1);
  });

  it("gives the first ten ranks 86 % of the weight at p = 0.9, by the paper's equation 21", () => {
    const p = 0.9;
    const first = letters("abcdefghij");
    const rest = (side: string) => Array.from({ length: 400 }, (_, rank) => `${side}${rank}`);
    let sum = 0;
    for (let i = 1; i <= 9; i++) sum += p ** i / i;
    const weight = 1 - p ** 9 + ((1 - p) / p) * 10 * (Math.log(1 / (1 - p)) - sum);
    expect(weight).toBeCloseTo(0.86, 2);
    expect(rankBiasedOverlap([...first, ...rest("l")], [...first, ...rest("r")], p)).toBeCloseTo(weight, 9);
  });

  it("equals the endless sum that it abbreviates, from either side", () => {
    fc.assert(
      fc.property(ranking, ranking, persistence, (left, right, p) => {
        const found = rankBiasedOverlap(left, right, p);
        expect(found).toBeCloseTo(endlessOverlap(left, right, p), 9);
        expect(rankBiasedOverlap(right, left, p)).toBe(found);
        expect(found).toBeGreaterThanOrEqual(0);
        expect(found).toBeLessThanOrEqual(1);
      }),
      { numRuns },
    );
  });
});

describe("rankings", () => {
  it("are equal to themselves and to their own beginning, and share nothing with others", () => {
    fc.assert(
      fc.property(ranking, fc.nat(20), (items, cut) => {
        const same = compareRankings(items, items);
        expect([same.isIdentical, same.overlap, same.rbo.toFixed(12)]).toEqual([
          true,
          { 1: 1, 5: 1, 10: 1 },
          "1.000000000000",
        ]);
        expect(same.tau).toBe(items.length > 1 ? 1 : undefined);
        const beginning = items.slice(0, cut + 1);
        if (beginning.length > 0) expect(rankBiasedOverlap(beginning, items, 0.9)).toBeCloseTo(1, 12);
        if (items.length === 0) return;
        const others = items.map((item) => `other ${item}`);
        const none = compareRankings(items, others);
        expect(none).toEqual({ isIdentical: false, overlap: { 1: 0, 5: 0, 10: 0 }, rbo: 0 });
      }),
      { numRuns },
    );
  });

  it("lose more by a change at the top than by the same change further down", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 12 }),
        fc.nat(10),
        fc.double({ min: 0.5, max: 0.95, noNaN: true }),
        (length, at, p) => {
          const items = Array.from({ length }, (_, rank) => String(rank));
          const changed = (rank: number) => items.with(rank, "new");
          const top = Math.min(at, length - 2);
          expect(rankBiasedOverlap(items, changed(top), p)).toBeLessThan(rankBiasedOverlap(items, changed(top + 1), p));
        },
      ),
      { numRuns },
    );
  });

  it("that repeat an item are never identical to one that does not", () => {
    expect(compareRankings(["a", "a", "b"], ["a", "b"])).toMatchObject({
      isIdentical: false,
      overlap: { 10: 1 },
      rbo: 1,
    });
  });
});

describe("Kendall's τ", () => {
  it("is 1 − 2 · discordant / pairs over what both hold, by the other definition", () => {
    // 1 2 3 4 against 4 2 1 3: discordant are 12, 14, 24, 34; τ = 1 − 2 · 4 / 6.
    expect(kendallTau(letters("1x234"), letters("42y13"))).toBeCloseTo(-1 / 3, 12);
    fc.assert(
      fc.property(ranking, ranking, (left, right) => {
        const both = left.filter((item) => right.includes(item));
        const pairs = both.flatMap((a, at) => both.slice(at + 1).map((b) => [a, b] as const));
        const discordant = pairs.filter(([a, b]) => right.indexOf(a) > right.indexOf(b)).length;
        const tau = kendallTau(left, right);
        if (pairs.length === 0) expect(tau).toBeUndefined();
        else expect(tau).toBeCloseTo(1 - (2 * discordant) / pairs.length, 12);
        if (pairs.length > 0) expect(kendallTau(left, right.toReversed())).toBeCloseTo(-tau!, 12);
      }),
      { numRuns },
    );
  });
});
