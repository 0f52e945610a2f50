import type { ModelVersion } from "@footfall/base";
import type { RankingRules } from "./ranking-rules.ts";

/**
 * Where a recommended item comes from, in the order in which the chain asks:
 * `session` neighbours of what the visitor does now, `item` neighbours of the item on the page, `user` neighbours of
 * earlier visits, `trending` what everybody does in these hours, `popular` what the model's training data held most of,
 * `catalogue` what else a filter allows. Before them all, `pinned` is what the shop wants there.
 */
export const recommendationSources = ["pinned", "session", "item", "user", "trending", "popular", "catalogue"] as const;
export type RecommendationSource = (typeof recommendationSources)[number];

export interface RecommendationRequest {
  /** Goes into the answer as it is; impressions and clicks name it. */
  readonly requestId: string;
  readonly placement: string;
  readonly visitorId?: string;
  /** The item on the page. The strongest item of the query, and never in the answer. */
  readonly itemId?: string;
  /** Most items in the answer, at least 1. */
  readonly limit: number;
  /** Never in the answer (invariant I8). */
  readonly exclude: readonly string[];
  /** Decides whether a session still runs and what is trending. */
  readonly nowMs: number;
  /** Filters and what else is asked of items; absent: nothing. */
  readonly rules?: RankingRules;
  /** Whether each item comes with the reasons for it. */
  readonly isExplained?: boolean;
}

/** An item of the visitor's, or the one on the page, that an item is recommended for. */
export interface Reason {
  readonly itemId: string;
  /** Of the item's score, 0 … 1. */
  readonly share: number;
  /** Of `sessionsWithItem` sessions that held this item, so many held the recommended one, too. */
  readonly sessionsWithBoth: number;
  readonly sessionsWithItem: number;
  /** Log-likelihood ratio of the two; above 10.8 one pair in a thousand is seen together so often by chance. */
  readonly llr: number;
}

export interface Recommendation {
  readonly itemId: string;
  /** > 0; comparable within one source. */
  readonly score: number;
  readonly source: RecommendationSource;
  /** Where reasons were asked for and the model's neighbours brought it: the strongest first. */
  readonly because?: readonly Reason[];
}

export interface RecommendationResponse {
  readonly requestId: string;
  /** Null while no model has been published. */
  readonly modelVersion: ModelVersion | null;
  readonly placement: string;
  /** Best first; no item twice. */
  readonly items: readonly Recommendation[];
  /** Distinct items that a source offered and the filter turned away; only where there was a filter. */
  readonly filtered?: number;
  /** Whether sources had too little that passed, and the catalogue itself filled the answer; only with a filter. */
  readonly fallback?: boolean;
  /** Where pages are asked for: what to ask the next one with; null where there is none. */
  readonly cursor?: string | null;
}
