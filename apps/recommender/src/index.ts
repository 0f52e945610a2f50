export { readCatalogueFiles } from "./catalogue-files.ts";
export { recommenderSettings } from "./config.ts";
export type { CatalogueSource } from "./catalogue/catalogues-file.ts";
export type { ShopPlacements } from "./placements/placement.ts";
export { createRecommender, type RecommenderOptions } from "./recommender.ts";
