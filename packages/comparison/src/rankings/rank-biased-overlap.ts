/**
 * Rank-biased overlap, extrapolated: Webber, Moffat and Zobel, "A similarity measure for indefinite rankings", ACM
 * TOIS 28(4), 2010, equation 32, which takes lists of unequal length. With X_d items shared by the first d of both, s
 * and l the shorter and the longer length:
 *
 *     (1−p)/p · (Σ_{d=1..l} X_d/d · p^d + Σ_{d=s+1..l} X_s (d−s)/(s d) · p^d) + ((X_l−X_s)/l + X_s/s) · p^l
 *
 * 1 for equal lists, 0 for lists that share nothing. Two empty lists are equal; an empty one shares nothing.
 * @param left, right  without repeats
 * @param p  how far down a reader looks, in (0, 1): with 0.9 the first ten ranks have 86 % of the weight
 */
export function rankBiasedOverlap(left: readonly string[], right: readonly string[], p: number): number {
  const [shorter, longer] = left.length <= right.length ? [left, right] : [right, left];
  const [s, l] = [shorter.length, longer.length];
  if (s === 0) return l === 0 ? 1 : 0;
  const seen = [new Set<string>(), new Set<string>()] as const;
  let shared = 0;
  let sharedByShorter = 0;
  let sum = 0;
  let weight = 1;
  for (let d = 1; d <= l; d++) {
    weight *= p;
    shared += observe(seen[0], seen[1], longer[d - 1]!);
    if (d <= s) {
      shared += observe(seen[1], seen[0], shorter[d - 1]!);
      sharedByShorter = shared;
    }
    sum += (shared / d) * weight;
    if (d > s) sum += ((sharedByShorter * (d - s)) / (s * d)) * weight;
  }
  const last = (shared - sharedByShorter) / l + sharedByShorter / s;
  // A sum of many small terms may pass 1 by its last bit.
  return Math.min(1, ((1 - p) / p) * sum + last * weight);
}

/** Adds an item to its own side. @returns 1 if the other side has it */
function observe(own: Set<string>, other: ReadonlySet<string>, item: string): 0 | 1 {
  own.add(item);
  return other.has(item) ? 1 : 0;
}
