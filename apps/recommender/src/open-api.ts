import { limits } from "@footfall/events";
import type { OpenApiFragment } from "@footfall/runtime";
import { recommendationSources } from "@footfall/similarity/serving";
import { defaultLimit, defaultPlacement, excludeItemsMax, limitMax } from "./request/recommendation-query.ts";

const id = { type: "string", minLength: 1, maxLength: limits.idLengthMax };
const parameter = (name: string, schema: object, description: string, where = "query"): object => ({
  name,
  in: where,
  required: false,
  description,
  schema,
});
const problem = (description: string): object => ({
  description,
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
});

/** What the recommender answers to, as OpenAPI. */
export const recommenderOpenApi: OpenApiFragment = {
  paths: {
    "/recommendations": {
      get: {
        operationId: "recommend",
        summary: "Items to show to a visitor, best first",
        description:
          "What the visitor did seconds ago counts. Sources are asked in the order session, item, user, trending, " +
          "popular until the limit is reached; the answer is empty only when nothing is allowed or known.",
        parameters: [
          parameter(
            "visitorId",
            id,
            "The visitor, as in the events; needs the key. Without it nothing personal is used.",
          ),
          parameter("itemId", id, "The item on the page. It counts most, and is never in the answer."),
          parameter(
            "placement",
            { ...id, default: defaultPlacement },
            "Where the items will be shown; for the figures.",
          ),
          parameter(
            "limit",
            { type: "integer", minimum: 1, maximum: limitMax, default: defaultLimit },
            "Most items in the answer.",
          ),
          parameter(
            "exclude",
            { type: "array", items: id, maxItems: excludeItemsMax },
            "Items that must not be in the answer: separated by commas, or the parameter repeated.",
          ),
          parameter(
            "key",
            { type: "string" },
            "The shop's key; also as header X-Footfall-Key. Without visitorId it may be absent: the default shop.",
          ),
        ],
        responses: {
          200: {
            description: "The items.",
            content: { "application/json": { schema: { $ref: "#/components/schemas/RecommendationResponse" } } },
          },
          400: problem("REQUEST_INVALID: a parameter has the wrong form; `field` names it."),
          401: problem("EVENT_KEY_INVALID: the key is unknown, or absent beside a visitorId."),
          405: problem("REQUEST_METHOD_NOT_ALLOWED: the address takes GET."),
        },
      },
    },
  },
  components: {
    schemas: {
      RecommendationResponse: {
        type: "object",
        required: ["requestId", "modelVersion", "placement", "items"],
        properties: {
          requestId: {
            type: "string",
            format: "uuid",
            description: "Send it with impressions and clicks of the items.",
          },
          modelVersion: { type: ["string", "null"], description: "Null while no model has been published." },
          placement: { type: "string", description: "As in the request." },
          items: { type: "array", items: { $ref: "#/components/schemas/Recommendation" } },
        },
      },
      Recommendation: {
        type: "object",
        required: ["itemId", "score", "source"],
        properties: {
          itemId: { type: "string", description: "The shop's id of the item." },
          score: { type: "number", description: "Above 0; comparable within one source." },
          source: { type: "string", enum: [...recommendationSources], description: "Why the item is there." },
        },
      },
    },
  },
};
