/** A bucket of a histogram: by how much the count of numbers at or below its bound has grown. */
export interface BucketIncrease {
  readonly upperBound: number;
  readonly increase: number;
}

/**
 * The number below which a share of a histogram's lies, as Prometheus' `histogram_quantile` estimates it: evenly spread
 * within its bucket, the lowest from 0 on, and the greatest finite bound where it lies above that. Buckets may come in
 * any order, and several of one bound are added. Undefined without traffic or without a bucket of +Inf: what lies above
 * the finite bounds is not known then.
 * @param share  from 0 to 1
 */
export function histogramQuantile(share: number, buckets: readonly BucketIncrease[]): number | undefined {
  const counts = risingCounts(buckets);
  const total = counts.at(-1);
  if (!total || total.upperBound !== Number.POSITIVE_INFINITY || total.increase === 0 || counts.length < 2) {
    return undefined;
  }
  const rank = share * total.increase;
  const place = counts.findIndex(({ increase }) => increase >= rank && increase > 0);
  const { upperBound, increase } = counts[place]!;
  if (upperBound === Number.POSITIVE_INFINITY) return counts.at(-2)!.upperBound;
  if (place === 0 && upperBound <= 0) return upperBound;
  const below = place === 0 ? { upperBound: 0, increase: 0 } : counts[place - 1]!;
  return below.upperBound + (upperBound - below.upperBound) * ((rank - below.increase) / (increase - below.increase));
}

/** Counts by bound. One that is less than that of a lower bound is noise, or its scrape came late: none are lost. */
function risingCounts(buckets: readonly BucketIncrease[]): BucketIncrease[] {
  const increases = new Map<number, number>();
  for (const { upperBound, increase } of buckets) {
    increases.set(upperBound, (increases.get(upperBound) ?? 0) + increase);
  }
  let greatest = 0;
  return [...increases]
    .sort(([a], [b]) => a - b)
    .map(([upperBound, increase]) => ({ upperBound, increase: (greatest = Math.max(greatest, increase)) }));
}
