import { seededRandom } from "@footfall/base";
import { describe, expect, it } from "vitest";
import { solveSymmetric } from "../../src/models/linear-solver.ts";

/** M · Mᵀ + I of a random M, full. */
function randomSymmetric(n: number, random: () => number): Float64Array {
  const m = Float64Array.from({ length: n * n }, () => random() - 0.5);
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) a[i * n + j]! += m[i * n + k]! * m[j * n + k]!;
      if (i === j) a[i * n + j]! += 1;
    }
  }
  return a;
}

describe("solveSymmetric", () => {
  it.each([1, 2, 3, 4, 47, 48, 49, 96, 101, 150])("solves %i equations for as many right sides and for seven", (n) => {
    const random = seededRandom(n);
    const a = randomSymmetric(n, random);
    for (const columnCount of [n, 7]) {
      const right = Float64Array.from({ length: columnCount * n }, () => random() - 0.5);
      const x = right.slice();
      solveSymmetric(a.slice(), x, n);
      let worst = 0;
      for (let column = 0; column < columnCount; column++) {
        for (let i = 0; i < n; i++) {
          let sum = -right[column * n + i]!;
          for (let k = 0; k < n; k++) sum += a[i * n + k]! * x[column * n + k]!;
          worst = Math.max(worst, Math.abs(sum));
        }
      }
      expect(worst).toBeLessThan(1e-9);
    }
  });

  it("says so where there is no solution", () => {
    const a = Float64Array.of(1, 2, 2, 1);
    expect(() => solveSymmetric(a, Float64Array.of(1, 0), 2)).toThrow(/no inverse \(row 1\)/);
  });
});
