import { NeighborScorer } from "../neighbor-scorer.ts";
import type { SimilarityModel } from "../similarity-model.ts";

/** A model with the scratch arrays that ranking with it needs. One a model and thread. */
export interface ServedModel {
  readonly model: SimilarityModel;
  readonly scorer: NeighborScorer;
}

export function serveModel(model: SimilarityModel): ServedModel {
  return { model, scorer: new NeighborScorer(model) };
}
