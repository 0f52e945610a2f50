import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextTrial, type ParameterSpace, type Trial } from "../../src/tuning/index.ts";

const space: ParameterSpace = {
  k: { from: 50, to: 1500, scale: "log", isWhole: true },
  share: { from: 0, to: 1, scale: "linear" },
  weighting: { values: ["same", "div", "linear", "quadratic", "log"] },
};
const defaults = { k: 500, share: 0.5, weighting: "div", fixed: 7 };

function search(seed: number, count: number, valueOf: (trial: Trial["parameters"]) => number): Trial[] {
  const trials: Trial[] = [];
  while (trials.length < count) {
    const parameters = nextTrial(space, defaults, trials, seed);
    trials.push({ parameters, value: valueOf(parameters) });
  }
  return trials;
}

/** Best at k = 200, share = 0.3, weighting = log. */
const hill = ({ k, share, weighting }: Trial["parameters"]): number =>
  -Math.abs(Math.log(Number(k) / 200)) - 2 * Math.abs(Number(share) - 0.3) - (weighting === "log" ? 0 : 0.5);

describe("nextTrial", () => {
  it("begins with the defaults and stays within the space", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
        const trials = search(seed, 40, hill);
        expect(trials[0]!.parameters).toEqual(defaults);
        for (const { parameters } of trials) {
          const { k, share, weighting, fixed } = parameters as unknown as typeof defaults;
          expect(Number.isInteger(k) && k >= 50 && k <= 1500).toBe(true);
          expect(share >= 0 && share <= 1).toBe(true);
          expect((space["weighting"] as { values: string[] }).values).toContain(weighting);
          expect(fixed).toBe(7);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("goes on as if it had never stopped, and otherwise with another seed", () => {
    const whole = search(3, 40, hill);
    expect(nextTrial(space, defaults, whole.slice(0, 31), 3)).toEqual(whole[31]!.parameters);
    expect(search(4, 40, hill)).not.toEqual(whole);
  });

  it("tries nothing twice where there is something else", () => {
    const keys = search(5, 60, hill).map(({ parameters }) => JSON.stringify(parameters));
    expect(new Set(keys).size).toBe(60);
    const narrow: ParameterSpace = { weighting: { values: ["div", "log"] } };
    const trials = [{ parameters: { weighting: "div" }, value: 1 }];
    expect(nextTrial(narrow, { weighting: "div" }, trials, 1)).toEqual({ weighting: "log" });
  });

  it("climbs: 80 trials come closer to the top than 80 wide ones, whatever the seed", () => {
    const best = (trials: readonly Trial[]): number => Math.max(...trials.map(({ value }) => value));
    const seeds = Array.from({ length: 30 }, (_, seed) => seed);
    const climbed = seeds.map((seed) => best(search(seed, 80, hill)));
    // With every value the same no trial is better, and the parents are the first ones: as good as no search.
    const blind = seeds.map((seed) => Math.max(...search(seed, 80, () => 0).map(({ parameters }) => hill(parameters))));
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(climbed)).toBeGreaterThan(-0.2);
    expect(mean(climbed)).toBeGreaterThan(mean(blind) + 0.1);
  });
});
