import { kendallTau } from "./kendall-tau.ts";
import { overlapAt } from "./overlap.ts";
import { rankBiasedOverlap } from "./rank-biased-overlap.ts";

/** What a recommender did with a request. */
export type ShadowAnswer =
  | { readonly kind: "answered"; readonly items: readonly string[]; readonly latencyMs: number }
  /** It says that the request is wrong: HTTP status and code of the problem. */
  | { readonly kind: "refused"; readonly reason: string; readonly latencyMs: number }
  /** It could not: a time-out, a broken connection, 429, 5xx, an answer that is none. */
  | { readonly kind: "failed"; readonly reason: string };

export const overlapDepths = [1, 5, 10] as const;
export type OverlapDepth = (typeof overlapDepths)[number];
export type Overlaps = Readonly<Record<OverlapDepth, number>>;

/** Persistence of rank-biased overlap: the first ten ranks have 86 % of the weight. */
const persistence = 0.9;

export interface RankingComparison {
  /** The same items in the same order, repeats included. */
  readonly isIdentical: boolean;
  readonly overlap: Overlaps;
  readonly rbo: number;
  /** Absent with fewer than two shared items. */
  readonly tau?: number;
}

/**
 * What two answers to one request say of each other. `compared` alone has a ranking; an error against an answer, and
 * an empty answer against one with items, are mismatches. Where neither could answer there is nothing to compare.
 */
export type ShadowOutcome =
  | { readonly kind: "compared"; readonly ranking: RankingComparison }
  | { readonly kind: "both empty" | "both refused" | "both failed" }
  | { readonly kind: "left alone" | "right alone" | "refused differently"; readonly reason: string };

export function compareAnswers(left: ShadowAnswer, right: ShadowAnswer): ShadowOutcome {
  if (left.kind === "answered" && right.kind === "answered") {
    const [leftCount, rightCount] = [left.items.length, right.items.length];
    if (leftCount === 0 && rightCount === 0) return { kind: "both empty" };
    if (rightCount === 0) return { kind: "left alone", reason: "right: empty answer" };
    if (leftCount === 0) return { kind: "right alone", reason: "left: empty answer" };
    return { kind: "compared", ranking: compareRankings(left.items, right.items) };
  }
  if (left.kind === "failed" && right.kind === "failed") return { kind: "both failed" };
  if (left.kind === "answered") return { kind: "left alone", reason: `right: ${reasonOf(right)}` };
  if (right.kind === "answered") return { kind: "right alone", reason: `left: ${reasonOf(left)}` };
  if (left.kind === "refused" && right.kind === "refused" && left.reason === right.reason) {
    return { kind: "both refused" };
  }
  return { kind: "refused differently", reason: `left: ${reasonOf(left)}; right: ${reasonOf(right)}` };
}

/** Two rankings, best first. An item that is repeated counts at its first rank. */
export function compareRankings(left: readonly string[], right: readonly string[]): RankingComparison {
  const isIdentical = left.length === right.length && left.every((item, rank) => item === right[rank]);
  const [leftOnce, rightOnce] = [[...new Set(left)], [...new Set(right)]];
  const tau = kendallTau(leftOnce, rightOnce);
  const overlap = Object.fromEntries(overlapDepths.map((k) => [k, overlapAt(leftOnce, rightOnce, k)]));
  return {
    isIdentical,
    overlap: overlap as Record<OverlapDepth, number>,
    rbo: rankBiasedOverlap(leftOnce, rightOnce, persistence),
    ...(tau !== undefined && { tau }),
  };
}

function reasonOf(answer: ShadowAnswer): string {
  return answer.kind === "answered" ? "an answer" : answer.reason;
}
