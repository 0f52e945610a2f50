export { type EvaluationInput, evaluateModel } from "./evaluate-model.ts";
export {
  type InteractionColumns,
  interactionWeights,
  type ItemSessions,
  ItemSessionsBuilder,
  sliceSessions,
} from "./item-sessions.ts";
export { KeyNumbers } from "./key-numbers.ts";
export {
  collectNeighbors,
  type ItemNeighbors,
  learnNeighbors,
  type NeighborTask,
  planNeighbors,
  workOnNeighbors,
} from "./learn-neighbors.ts";
export {
  contentVersion,
  decodeModel,
  type EncodedModel,
  encodeModel,
  type LearntModel,
  type ManifestFacts,
  type ModelFiles,
  type Sha256,
} from "./model-file.ts";
export type { NeighborLists } from "./neighbor-lists.ts";
export { newestTimeMs, type PopularityRanking, rankPopularity } from "./rank-popularity.ts";
export { buildSessionMatrix, type SessionMatrix } from "./session-matrix.ts";
export { buildSessionIndex, type SessionIndex } from "./sessions/session-index.ts";
export type {
  AccuracyMetrics,
  EvaluationReport,
  ModelManifest,
  SimilarityModel,
  SimilarityParameters,
} from "./similarity-model.ts";
export { defaultSimilarityParameters } from "./similarity-parameters.ts";
