/**
 * DDSketch of Masson, Rim and Lee (VLDB 2019): numbers are counted in buckets whose bounds grow by γ = (1 + α) / (1 −
 * α), so that a quantile has a relative error of α at most and sketches are merged exactly, by adding counts, in any
 * order. Buckets are numbered in the order of their values: 0 holds zero, v > 0 is in `bucketOffset` + ⌈log_γ v⌉, and
 * −v in the bucket of v with the other sign.
 */
export type QuantileSketch = ReadonlyMap<number, number>;

/** α: the greatest relative error of a quantile. */
export const relativeErrorMax = 0.01;

const gamma = (1 + relativeErrorMax) / (1 - relativeErrorMax);
const logGamma = Math.log(gamma);
/** Above −⌈log_γ⌉ of every normal number, so that buckets of positive numbers are positive. */
const bucketOffset = 40_000;
/** Numbers nearer to zero have no full precision and count as zero. */
const leastNormal = 2 ** -1022;

/** Undefined for numbers that are infinite or none. */
export function sketchBucket(value: number): number | undefined {
  if (!Number.isFinite(value)) return undefined;
  const size = Math.abs(value);
  if (size < leastNormal) return 0;
  const bucket = bucketOffset + Math.ceil(Math.log(size) / logGamma);
  return value < 0 ? -bucket : bucket;
}

/** The number that is off by α at most from all of the bucket. */
function bucketValue(bucket: number): number {
  if (bucket === 0) return 0;
  // 2 γ^i / (γ + 1). The power itself may be more than the greatest number.
  const exact = Math.exp((Math.abs(bucket) - bucketOffset) * logGamma + Math.log(2 / (gamma + 1)));
  const value = Math.min(exact, Number.MAX_VALUE);
  return bucket < 0 ? -value : value;
}

/**
 * @param share  from 0 (least) to 1 (greatest)
 * @returns  of n numbers the one with ⌊share · (n − 1)⌋ below it; undefined where there is none
 */
export function sketchQuantile(sketch: QuantileSketch, share: number): number | undefined {
  let total = 0;
  for (const count of sketch.values()) total += count;
  let below = share * (total - 1);
  let last: number | undefined;
  for (const bucket of sortedBuckets(sketch)) {
    last = bucket;
    below -= sketch.get(bucket)!;
    if (below < 0) break;
  }
  return last === undefined ? undefined : bucketValue(last);
}

export function mergeSketches(a: QuantileSketch, b: QuantileSketch): QuantileSketch {
  const merged = new Map(a);
  for (const [bucket, count] of b) merged.set(bucket, (merged.get(bucket) ?? 0) + count);
  return merged;
}

/** `bucket:count` of each bucket in order, between them spaces: `0:2 40035:7`. Equal for equal sketches only. */
export function sketchText(sketch: QuantileSketch): string {
  return sortedBuckets(sketch)
    .map((bucket) => `${bucket}:${sketch.get(bucket)}`)
    .join(" ");
}

/** What `sketchText` wrote. */
export function readSketch(text: string): QuantileSketch {
  const parts = text === "" ? [] : text.split(" ");
  return new Map(
    parts.map((part) => {
      const colon = part.indexOf(":");
      return [Number(part.slice(0, colon)), Number(part.slice(colon + 1))];
    }),
  );
}

function sortedBuckets(sketch: QuantileSketch): number[] {
  return [...sketch.keys()].sort((a, b) => a - b);
}
