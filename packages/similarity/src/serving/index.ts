export type { ItemFilter } from "./catalogue-view.ts";
export { DeniedItems } from "./denied-items.ts";
export { ItemNumbers } from "./item-numbers.ts";
export type { Boost, Diversity, GroupCap, Pin, RankingRules } from "./ranking-rules.ts";
export { recommend, type ServingState } from "./recommend.ts";
export { type ServedModel, serveModel } from "./served-model.ts";
export {
  type Reason,
  type Recommendation,
  type RecommendationRequest,
  type RecommendationResponse,
  type RecommendationSource,
  recommendationSources,
} from "./recommendation.ts";
export { nothingShown, parseCursor, type ShownItems } from "./shown-items.ts";
export { type TrendingItem, TrendingItems, type TrendingItemsOptions } from "./trending-items.ts";
export {
  type ItemInteraction,
  type ItemTouch,
  type Visitor,
  VisitorHistory,
  type VisitorHistoryOptions,
} from "./visitor-history.ts";
