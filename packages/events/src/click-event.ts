import { type Static, type TObject, type TProperties, Type } from "@sinclair/typebox";
import { limits } from "./limits.ts";

/**
 * The one source of the event schema: types, validation, docs/event-schema.md and the lake's columns come from here.
 * Envelope fields are camelCase; GA4 fields keep GA4's own snake_case names, so a shop's calls fit as they are.
 */
export const schemaVersion = 1;

/** Strict objects: what is stored has no field that this version does not know; `mendEvent` takes others away. */
function strict<T extends TProperties>(properties: T, description?: string): TObject<T> {
  return Type.Object(properties, {
    additionalProperties: false,
    ...(description === undefined ? {} : { description }),
  });
}

/** Surrogates only in pairs (a lone one has no UTF-8 form); `banned` names further code units, as a character class. */
const paired = (banned: string) =>
  `^[^${banned}\\ud800-\\udfff]*(?:[\\ud800-\\udbff][\\udc00-\\udfff][^${banned}\\ud800-\\udfff]*)*$`;
export const idPattern = paired("\\u0000-\\u001f\\u007f");
/** Ids must be as they were sent, so a bad character refuses the event; in text it is replaced (see `repairText`). */
export const textPattern = paired("\\u0000");
export const currencyPattern = "^[A-Z]{3}$";
export const uuidPattern = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

const id = (description: string) =>
  Type.String({ minLength: 1, maxLength: limits.idLengthMax, pattern: idPattern, description });
const text = (description: string) =>
  Type.String({ maxLength: limits.textLengthMax, pattern: textPattern, description });
const url = (description: string) => Type.String({ maxLength: limits.urlLengthMax, pattern: textPattern, description });
const amount = (description: string) => Type.Number({ minimum: -1e12, maximum: 1e12, description });
const currency = (description: string) => Type.String({ pattern: currencyPattern, description });
const timeMs = (description: string) =>
  Type.Integer({ minimum: 0, maximum: limits.timeMsMax, description: `${description}, ms since the epoch.` });

/** The supported names, GA4's own. */
export const eventNames = [
  "page_view",
  "view_item_list",
  "select_item",
  "view_item",
  "search",
  "add_to_cart",
  "remove_from_cart",
  "begin_checkout",
  "purchase",
  "view_cart",
  "add_to_wishlist",
  "add_shipping_info",
  "add_payment_info",
  "refund",
  "view_promotion",
  "select_promotion",
] as const;
export type EventName = (typeof eventNames)[number];

/** What GA4 has both for an event and for one of its items. */
const listFields = {
  item_list_id: Type.Optional(id("The list that was shown.")),
  item_list_name: Type.Optional(text("Its display name.")),
};
const tradeFields = {
  coupon: Type.Optional(text("Code of the coupon.")),
  affiliation: Type.Optional(text("The store or supplier.")),
  location_id: Type.Optional(text("The place, as a Google Place ID.")),
  promotion_id: Type.Optional(text("The promotion.")),
  promotion_name: Type.Optional(text("Its display name.")),
  creative_name: Type.Optional(text("What the promotion showed.")),
  creative_slot: Type.Optional(text("Where it showed it.")),
};

export const ClickItemSchema = strict({
  item_id: id("The shop's id of the item."),
  item_name: Type.Optional(text("Display name.")),
  item_brand: Type.Optional(text("Brand.")),
  item_category: Type.Optional(text("Category, most general level.")),
  item_category2: Type.Optional(text("Second level.")),
  item_category3: Type.Optional(text("Third level.")),
  item_category4: Type.Optional(text("Fourth level.")),
  item_category5: Type.Optional(text("Fifth level.")),
  item_variant: Type.Optional(text("Variant, such as a colour or size.")),
  price: Type.Optional(amount("Price of one unit, in `currency`.")),
  quantity: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000, description: "Units; 1 when absent." })),
  index: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000, description: "Position in a list, from 0." })),
  discount: Type.Optional(amount("Discount on one unit, in `currency`.")),
  currency: Type.Optional(currency("ISO 4217, where it is not the event's.")),
  ...listFields,
  ...tradeFields,
});
export type ClickItem = Static<typeof ClickItemSchema>;

export const RecommendationRefSchema = strict(
  {
    requestId: id("The `requestId` of the answer whose items were shown or clicked."),
    placement: id("Where the shop showed them."),
    position: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000, description: "Position clicked, from 0." })),
  },
  "The recommendation that was shown or clicked.",
);

/** What a client sends for one event. */
export const ClickEventSchema = strict({
  eventId: Type.String({
    pattern: uuidPattern,
    description: "UUID, lower case; version 7 advised. The same id again is a duplicate.",
  }),
  name: Type.Unsafe<EventName>(
    Type.String({ enum: [...eventNames], pattern: `^(?:${eventNames.join("|")})$`, description: "A GA4 event name." }),
  ),
  visitorId: id("Anonymous id of the browser, or the shop's own."),
  sessionId: id("The visit: 30 minutes idle or 24 hours end it."),
  seq: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, description: "1, 2, 3, … within a session; gaps measure loss." }),
  ),
  occurredAtMs: timeMs("Device time of the event"),
  userId: Type.Optional(id("The shop's id of a signed-in customer.")),
  page_location: Type.Optional(url("Address of the page.")),
  page_referrer: Type.Optional(url("Address of the page before.")),
  page_title: Type.Optional(text("Title of the page.")),
  search_term: Type.Optional(text("What was searched for.")),
  ...listFields,
  transaction_id: Type.Optional(id("The shop's order id.")),
  currency: Type.Optional(currency("ISO 4217.")),
  value: Type.Optional(amount("Value of the event, in `currency`.")),
  tax: Type.Optional(amount("Tax of the order, in `currency`.")),
  shipping: Type.Optional(amount("Cost of shipping, in `currency`.")),
  shipping_tier: Type.Optional(text("How it is shipped, such as Ground or Air.")),
  payment_type: Type.Optional(text("How it is paid.")),
  customer_type: Type.Optional(text("`new` or `returning`, as the shop counts.")),
  ...tradeFields,
  items: Type.Optional(
    Type.Array(ClickItemSchema, { maxItems: limits.itemsPerEventMax, description: "The items it is about." }),
  ),
  recommendation: Type.Optional(RecommendationRefSchema),
});
export type ClickEvent = Static<typeof ClickEventSchema>;

/** The envelope as a schema: what is read back from the log or from a file is checked against it. */
export const EventEnvelopeSchema = strict({
  v: Type.Literal(schemaVersion, { description: "Version of this schema." }),
  tenant: Type.String({ pattern: "^[a-z0-9-]{1,64}$", description: "The shop that the write key belongs to." }),
  ...ClickEventSchema.properties,
  sentAtMs: timeMs("Device time of the sending"),
  receivedAtMs: timeMs("Collector time of the arrival"),
  isBot: Type.Optional(
    Type.Literal(true, { description: "Sent by a well-known bot, by its user agent; absent for everybody else." }),
  ),
});

/**
 * What the log's topic `clicks` holds, as one JSON object a record: the event, and what the collector adds.
 * `occurredAtMs` is corrected for the device's clock skew; the device's own reading is
 * `occurredAtMs - receivedAtMs + sentAtMs`, unless the key is `historic` (no correction).
 */
export interface EventEnvelope extends ClickEvent {
  readonly v: typeof schemaVersion;
  readonly tenant: string;
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  /** Only the collector sets it; a client's own is an unknown field. */
  readonly isBot?: true;
}
