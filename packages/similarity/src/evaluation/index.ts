export {
  evaluateRecommender,
  type EvaluationColumn,
  type EvaluationOptions,
  type RecommenderEvaluation,
} from "./evaluate-recommender.ts";
export type { EvaluationSet, TimedSessions } from "./evaluation-set.ts";
export type { RankingMetrics } from "./ranking-tally.ts";
