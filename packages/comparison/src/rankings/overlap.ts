/**
 * Overlap at depth k: items that the first k of both lists share, over k, or over the longer list where none is that
 * long, so that a list equals itself. Two empty lists overlap wholly.
 * @param left, right  without repeats
 */
export function overlapAt(left: readonly string[], right: readonly string[], k: number): number {
  const depth = Math.min(k, Math.max(left.length, right.length));
  if (depth === 0) return 1;
  const seen = new Set(left.slice(0, depth));
  return right.slice(0, depth).filter((item) => seen.has(item)).length / depth;
}
