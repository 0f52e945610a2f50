export {
  type ClickEvent,
  ClickEventSchema,
  type ClickItem,
  ClickItemSchema,
  type EventEnvelope,
  EventEnvelopeSchema,
  type EventName,
  eventNames,
  RecommendationRefSchema,
  schemaVersion,
} from "./click-event.ts";
export { decodeEnvelope, encodeEnvelope } from "./encode-envelope.ts";
export { clickEventJsonSchema, type JsonSchema } from "./json-schema.ts";
export { limits } from "./limits.ts";
export type { EventPart, ObserveMending } from "./mend-event.ts";
export type { Mending } from "./mend-value.ts";
export { type ParseContext, type ParsedEvent, parseEvent } from "./parse-event.ts";
export { quoteValue } from "./quote-value.ts";
export type { EventReceipt, EventRejection, RejectedEvent } from "./receipt.ts";
export { EnvelopeScanner, type ScannedEnvelope } from "./scan-envelope.ts";
export { EventScanner, ScannedEvent } from "./scan-event.ts";
export { readRejectedEvent } from "./read-rejected-event.ts";
export { topics } from "./topics.ts";
