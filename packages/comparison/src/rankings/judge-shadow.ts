import type { Side } from "../fields/field-tree.ts";
import { rateBounds } from "../verdict/confidence.ts";
import { percent, type Verdict } from "../verdict/judge-tally.ts";
import type { MeanBounds } from "./mean-tally.ts";
import type { ShadowCounts } from "./shadow-tally.ts";

export interface ShadowLimits {
  /** Mean overlap@10 from which rankings are equal. */
  readonly overlapMin: number;
  /** Mean rank-biased overlap from which rankings are equal. */
  readonly rboMin: number;
  /** Share of decided requests in which one side alone may answer. 0: none. */
  readonly onesidedRateMax: number;
  /** Compared rankings below which nothing is said to be equal. */
  readonly requestsMin: number;
  /** How many times as long as the left side's the right side's p99 may be; absent: latency is only told. */
  readonly latencyRatioMax?: number;
}

export interface ShadowState {
  /** The side that failed so many requests in a row that the run was ended. */
  readonly stopped?: Side;
  /** What the left side differs from itself, where that was measured. */
  readonly noise?: ShadowCounts;
}

/**
 * What the counts allow to say. A mean passes a limit when its 95 % bounds do: between, more requests are wanted. Where
 * the left side differs from itself beyond the limits, a difference proves nothing of the right one.
 */
export function judgeShadow(counts: ShadowCounts, limits: ShadowLimits, { stopped, noise }: ShadowState): Verdict {
  const decided = counts.requests - counts.bothFailed;
  const bounds = rateBounds(counts.onesided, decided);
  const shown = bounds ? { bounds } : {};
  if (stopped) {
    const reason = mostOf(counts[stopped].reasons);
    return {
      verdict: "not enough",
      exitCode: 2,
      reasons: [`the ${stopped} side stopped answering: ${reason}`],
      ...shown,
    };
  }
  const noisy = noise ? differencesOf(noise, limits) : [];
  if (noisy.length > 0) {
    const reasons = noisy.map((reason) => `left against itself: ${reason}; a difference of the right proves nothing`);
    return { verdict: "not enough", exitCode: 2, reasons, ...shown };
  }
  const different = [...differencesOf(counts, limits), ...slowness(counts, limits)];
  if (different.length > 0) return { verdict: "different", exitCode: 1, reasons: different, ...shown };
  const doubts = doubtsOf(counts, limits, bounds?.upper ?? 1);
  if (doubts.length > 0) return { verdict: "not enough", exitCode: 2, reasons: doubts, ...shown };
  const reasons = [`${counts.identical} of ${counts.compared} rankings are identical`, ...meansText(counts)];
  return { verdict: "equal", exitCode: 0, reasons, ...shown };
}

function differencesOf(counts: ShadowCounts, { overlapMin, rboMin, onesidedRateMax }: ShadowLimits): string[] {
  const decided = counts.requests - counts.bothFailed;
  const rate = rateBounds(counts.onesided, decided);
  const isOnesided = onesidedRateMax === 0 ? counts.onesided > 0 : rate !== undefined && rate.lower > onesidedRateMax;
  return [
    ...(isBelow(counts.overlap[10], overlapMin) ? [belowText("overlap@10", counts.overlap[10]!, overlapMin)] : []),
    ...(isBelow(counts.rbo, rboMin) ? [belowText("rank-biased overlap", counts.rbo!, rboMin)] : []),
    ...(isOnesided ? [`${counts.onesided} of ${decided} requests: one side alone answers, or refuses otherwise`] : []),
  ];
}

function slowness({ left, right }: ShadowCounts, { latencyRatioMax }: ShadowLimits): string[] {
  if (latencyRatioMax === undefined || !left.latencyMs || !right.latencyMs) return [];
  const ratio = right.latencyMs.p99 / left.latencyMs.p99;
  if (ratio <= latencyRatioMax) return [];
  return [`the right side's p99 is ${ratio.toFixed(2)} times the left side's, above ${latencyRatioMax}`];
}

function doubtsOf(counts: ShadowCounts, limits: ShadowLimits, onesidedUpper: number): string[] {
  const { overlapMin, rboMin, onesidedRateMax, requestsMin } = limits;
  const isUnsure = (bounds: MeanBounds | undefined, least: number) => bounds !== undefined && bounds.lower < least;
  return [
    ...(counts.compared < requestsMin
      ? [`${counts.compared} rankings were compared, ${requestsMin} are wanted (--requests-min)`]
      : []),
    ...(isUnsure(counts.overlap[10], overlapMin) ? [unsureText("overlap@10", counts.overlap[10]!, overlapMin)] : []),
    ...(isUnsure(counts.rbo, rboMin) ? [unsureText("rank-biased overlap", counts.rbo!, rboMin)] : []),
    ...(onesidedRateMax > 0 && onesidedUpper > onesidedRateMax
      ? [`one side alone may answer ${percent(onesidedUpper)} of requests, above ${percent(onesidedRateMax)}`]
      : []),
  ];
}

function isBelow(bounds: MeanBounds | undefined, least: number): boolean {
  return bounds !== undefined && bounds.upper < least;
}

function belowText(name: string, { mean, upper }: MeanBounds, least: number): string {
  return `${name} is ${shortly(mean)} (at most ${shortly(upper)}, 95 %), below ${least}`;
}

function unsureText(name: string, { lower, upper }: MeanBounds, least: number): string {
  return `${name} lies between ${shortly(lower)} and ${shortly(upper)} (95 %), around the limit ${least}: ask more`;
}

function meansText({ overlap, rbo }: ShadowCounts): string[] {
  if (!rbo) return [];
  return [`overlap@10 ${shortly(overlap[10]!.mean)}, rank-biased overlap ${shortly(rbo.mean)}`];
}

function mostOf(reasons: Readonly<Record<string, number>>): string {
  const [most] = Object.entries(reasons).sort(([, a], [, b]) => b - a);
  return most ? `${most[0]} (${most[1]} times)` : "no reason told";
}

function shortly(value: number): string {
  return String(Number(value.toFixed(4)));
}
