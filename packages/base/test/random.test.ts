import { describe, expect, it } from "vitest";
import { seededRandom } from "../src/index.ts";

describe("seededRandom", () => {
  it("gives the same run for the same seed and another for another", () => {
    const run = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
  });

  it("spreads evenly over [0, 1)", () => {
    const random = seededRandom(42);
    const buckets = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 100_000; draw += 1) buckets[Math.floor(random() * 10)]! += 1;
    for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});
