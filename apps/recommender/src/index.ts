export { type RecommenderConfig, recommenderSettings } from "./config.ts";
export { type OpenApiDocument, openApiDocument, type OpenApiFragment, recommenderOpenApi } from "./open-api.ts";
export { createRecommender, type RecommenderOptions } from "./recommender.ts";
