const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Widths of buckets that people count in, so that buckets begin at round times. */
const steps = [
  second,
  2 * second,
  5 * second,
  10 * second,
  30 * second,
  minute,
  2 * minute,
  5 * minute,
  10 * minute,
  30 * minute,
  hour,
  3 * hour,
  6 * hour,
  12 * hour,
  day,
] as const;

export const bucketsMax = 120;

/** The narrowest width of buckets, in ms, that covers a time range with at most `bucketsMax` of them. */
export function histogramStep(rangeMs: number): number {
  const atLeastMs = rangeMs / (bucketsMax - 1);
  return steps.find((step) => step >= atLeastMs) ?? Math.ceil(atLeastMs / day) * day;
}
