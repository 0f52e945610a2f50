export type { OpenApiFragment } from "./open-api.ts";
export { createRecommender, type RecommenderOptions } from "./recommender.ts";
