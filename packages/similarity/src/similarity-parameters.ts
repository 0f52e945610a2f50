import type { SimilarityParameters } from "./similarity-model.ts";

/** Chosen on the novel column of held-out sessions; see docs of each field in `SimilarityParameters`. */
export const defaultSimilarityParameters: SimilarityParameters = {
  neighborsMax: 100,
  sessionItemsMax: 100,
  sessionsPerItemMax: 20_000,
  supportMin: 1,
  llrMin: 1,
  alpha: 0.85,
  shrinkage: 20,
  popularityHalfLifeDays: 7,
};
