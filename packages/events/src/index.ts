export {
  type ClickEvent,
  ClickEventSchema,
  type ClickItem,
  ClickItemSchema,
  type EventEnvelope,
  type EventName,
  eventNames,
  RecommendationRefSchema,
  schemaVersion,
} from "./click-event.ts";
export { limits } from "./limits.ts";
export type { EventReceipt, EventRejection, RejectedEvent } from "./receipt.ts";
export { topics } from "./topics.ts";
