export interface RateBounds {
  readonly method: "rule of three" | "Wilson";
  readonly lower: number;
  readonly upper: number;
}

/** Two-sided 95 %. */
const z = 1.959964;

/**
 * Bounds of the true rate after `count` of `trials` (95 %): none in n is below 3/n, which is −ln 0.05 rounded; else
 * Wilson's score interval (Wilson 1927). Undefined without a trial.
 */
export function rateBounds(count: number, trials: number): RateBounds | undefined {
  if (trials === 0) return undefined;
  if (count === 0) return { method: "rule of three", lower: 0, upper: Math.min(1, 3 / trials) };
  const rate = count / trials;
  const spread = z * Math.sqrt((rate * (1 - rate)) / trials + (z * z) / (4 * trials * trials));
  const middle = rate + (z * z) / (2 * trials);
  const scale = 1 + (z * z) / trials;
  return {
    method: "Wilson",
    lower: Math.max(0, (middle - spread) / scale),
    upper: Math.min(1, (middle + spread) / scale),
  };
}
