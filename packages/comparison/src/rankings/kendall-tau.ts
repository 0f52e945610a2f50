/**
 * Kendall's τ (Kendall 1938) of the items that both lists hold: pairs in the same order less pairs in the other one,
 * over all pairs. 1 for the same order, −1 for the reverse; undefined with fewer than two shared items. Quadratic in
 * the shared items, of which an answer has at most a hundred.
 * @param left, right  without repeats
 */
export function kendallTau(left: readonly string[], right: readonly string[]): number | undefined {
  const rankOf = new Map(right.map((item, rank) => [item, rank]));
  const ranks = left.flatMap((item) => rankOf.get(item) ?? []);
  const pairs = (ranks.length * (ranks.length - 1)) / 2;
  if (pairs === 0) return undefined;
  let balance = 0;
  for (let first = 0; first < ranks.length; first++) {
    for (let second = first + 1; second < ranks.length; second++) balance += ranks[first]! < ranks[second]! ? 1 : -1;
  }
  return balance / pairs;
}
