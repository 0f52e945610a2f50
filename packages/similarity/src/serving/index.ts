export type { ItemFilter } from "./catalogue-view.ts";
export { DeniedItems } from "./denied-items.ts";
export { ItemNumbers } from "./item-numbers.ts";
export {
  askedSources,
  type Boost,
  type Diversity,
  type EventWeights,
  type GroupCap,
  type Pin,
  type RankingRules,
} from "./ranking-rules.ts";
export { LiveSessions, type LiveSessionsOptions } from "../sessions/live-sessions.ts";
export { recommend, type ServingState } from "./recommend.ts";
export { ServedModel } from "./served-model.ts";
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
export { UserProfiles } from "./user-profiles.ts";
export {
  type ItemInteraction,
  type ItemTouch,
  type Visitor,
  VisitorHistory,
  type VisitorHistoryOptions,
} from "./visitor-history.ts";
