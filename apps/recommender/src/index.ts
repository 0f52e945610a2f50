export { createRecommender, type RecommenderOptions } from "./recommender.ts";
