import { type OtlpBuckets, otlpNumber, type OtlpPoint } from "./otlp-request.ts";

/** Numbers of a histogram at or below a bound. */
export interface CumulativeBucket {
  readonly upperBound: number;
  readonly count: number;
}

/** Buckets grow by 2^(2^-2), 19 %, at least: finer ones are merged, so that the bounds of a series stay the same. */
const scaleMax = 2;
/** Of a point; beyond it, it is refused. */
const bucketsMax = 1_000;

/** Throws `SyntaxError` where bounds and counts do not fit. The last bucket is that of +Inf. */
export function explicitBuckets({ bucketCounts = [], explicitBounds = [], count }: OtlpPoint): CumulativeBucket[] {
  if (bucketCounts.length === 0) return [{ upperBound: Number.POSITIVE_INFINITY, count: otlpNumber(count) }];
  if (bucketCounts.length !== explicitBounds.length + 1) throw new SyntaxError("a bucket has no bound");
  if (bucketCounts.length > bucketsMax) throw new SyntaxError(`more than ${bucketsMax} buckets`);
  const bounds = [...explicitBounds.map(otlpNumber), Number.POSITIVE_INFINITY];
  return cumulative(bounds.map((upperBound, i) => ({ upperBound, count: otlpNumber(bucketCounts[i]) })));
}

/** The same of an exponential histogram: negatives from the greatest size on, zeros, positives. */
export function exponentialBuckets(point: OtlpPoint): CumulativeBucket[] {
  const { scale = 0, positive = {}, negative = {}, zeroCount, zeroThreshold, count } = point;
  if (!Number.isInteger(scale) || scale < -10 || scale > 20) throw new SyntaxError("the scale is out of range");
  const zeros = { upperBound: otlpNumber(zeroThreshold), count: otlpNumber(zeroCount) };
  const to = Math.min(scale, scaleMax);
  const bound = (bucket: number) => 2 ** (bucket * 2 ** -to);
  // Bucket i holds sizes above bound(i), up to bound(i + 1); so negatives from −bound(i + 1) to −bound(i).
  const below = downscaled(negative, scale - to).map(([i, n]) => ({ upperBound: -bound(i), count: n }));
  const above = downscaled(positive, scale - to).map(([i, n]) => ({ upperBound: bound(i + 1), count: n }));
  const finite = cumulative([...below.reverse(), zeros, ...above]).filter((each) => Number.isFinite(each.upperBound));
  return [...finite, { upperBound: Number.POSITIVE_INFINITY, count: otlpNumber(count) }];
}

/** Counts by bucket, 2^steps buckets merged into one: exact, since bounds of a scale are bounds of the next. */
function downscaled({ offset = 0, bucketCounts = [] }: OtlpBuckets, steps: number): [number, number][] {
  if (!Number.isInteger(offset)) throw new SyntaxError("the offset is no whole number");
  if (bucketCounts.length > bucketsMax) throw new SyntaxError(`more than ${bucketsMax} buckets`);
  const counts = new Map<number, number>();
  for (const [place, count] of bucketCounts.entries()) {
    const bucket = Math.floor((offset + place) / 2 ** steps);
    counts.set(bucket, (counts.get(bucket) ?? 0) + otlpNumber(count));
  }
  return [...counts];
}

function cumulative(buckets: readonly CumulativeBucket[]): CumulativeBucket[] {
  let total = 0;
  return buckets.map(({ upperBound, count }) => ({ upperBound, count: (total += count) }));
}
