export type {
  AccuracyMetrics,
  EvaluationReport,
  ModelManifest,
  SimilarityModel,
  SimilarityParameters,
} from "./similarity-model.ts";
