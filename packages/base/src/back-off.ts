import type { Random } from "./random.ts";

export interface BackOff {
  /** Bound of the first pause, ms. */
  readonly minMs: number;
  /** Bound of all pauses, ms. */
  readonly maxMs: number;
}

const doublingsMax = 20;

/**
 * How long to wait before a try, ms: anything up to a bound that doubles with each failure, so that clients do not come
 * back together ("full jitter", AWS Architecture Blog, "Exponential Backoff And Jitter").
 * @param failures  in a row, before this try; 0 for the first
 */
export function backOffMs(failures: number, { minMs, maxMs }: BackOff, random: Random): number {
  return random() * Math.min(maxMs, minMs * 2 ** Math.min(failures, doublingsMax));
}
