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
}

export interface Recommendation {
  readonly itemId: string;
  /** > 0; comparable within one source. */
  readonly score: number;
  readonly source: RecommendationSource;
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
}
