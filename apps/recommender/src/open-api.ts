import { limits } from "@footfall/events";
import type { OpenApiFragment } from "@footfall/runtime";
import { recommendationSources } from "@footfall/similarity/serving";
import {
  defaultLimit,
  defaultPlacement,
  excludeItemsMax,
  firstPage,
  limitMax,
} from "./request/recommendation-query.ts";
import { requestBounds } from "./request/requested-rules.ts";

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

const perGroup = { type: "integer", minimum: 1, maximum: requestBounds.perGroupMax };
const ruleSchemas = {
  excludeSeen: { type: "boolean", description: "Leaves out all that is in the visitor's history." },
  excludePurchased: { type: "boolean", description: "Leaves out all that the visitor bought, as far as is known." },
  perCategory: { ...perGroup, description: "Most items of one category." },
  perBrand: { ...perGroup, description: "Most items of one brand." },
  diversity: { type: "number", minimum: 0, maximum: 1, description: "λ of maximal marginal relevance; 1: none." },
  minScore: {
    type: "number",
    minimum: 0,
    maximum: 1,
    description: "Least score of items of sources session, item and user; the best possible has 1.",
  },
};
const text = { type: "string" };
const answerSchemas = {
  consent: {
    type: "boolean",
    description: "`false`: only the item on the page is used, nothing that is known of the visitor.",
  },
  explain: { type: "boolean", description: "`true`: each item of the model comes with the reasons for it." },
  cursor: {
    type: "string",
    description: `For pages that repeat nothing: \`${firstPage}\`, then the \`cursor\` of the answer before.`,
  },
};
const ruleParameters = [
  ...Object.entries(answerSchemas).map(([name, { description, ...schema }]) => parameter(name, schema, description)),
  parameter("inStock", { type: "boolean" }, "Needs a catalogue, as all filters do."),
  parameter("brand", text, "Any of these, with commas between them."),
  parameter("category", text, "Any of these or what is filed below them, with commas between them."),
  parameter("priceMin", { type: "number" }, "What is paid is at least this."),
  parameter("priceMax", { type: "number" }, "What is paid is at most this."),
  parameter(
    "attr.NAME",
    text,
    "Any attribute by its name: one of these values; `attrMin.NAME`, `attrMax.NAME` a range.",
  ),
  parameter("filter", text, "A filter in JSON, see the schema Filter; it must hold beside the others."),
  ...Object.entries(ruleSchemas).map(([name, { description, ...schema }]) => parameter(name, schema, description)),
  parameter("fields", text, "Fields of the catalogue to show, with commas between them: title, price, attr.color, …"),
];

/** What the recommender answers to, as OpenAPI. */
export const recommenderOpenApi: OpenApiFragment = {
  paths: {
    "/recommendations": {
      get: {
        operationId: "recommend",
        summary: "Items to show to a visitor, best first",
        description:
          "What the visitor did seconds ago counts. Sources are asked in the order session, item, user, trending, " +
          "popular until the limit is reached, with a filter then the catalogue; the answer is empty only when nothing is " +
          "allowed or known.",
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
          ...ruleParameters,
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
          405: problem("REQUEST_METHOD_NOT_ALLOWED: the address takes GET and POST."),
        },
      },
      post: {
        operationId: "recommendByBody",
        summary: "The same, asked as JSON; several at once as a list",
        description: "For filters of and, or and not. The key may also be a parameter or header. At most 64 KiB.",
        requestBody: {
          required: true,
          content: {
            "application/json": {
              schema: {
                oneOf: [
                  { $ref: "#/components/schemas/RecommendationRequest" },
                  { $ref: "#/components/schemas/RecommendationBatch" },
                ],
              },
            },
          },
        },
        responses: {
          200: {
            description: "The items; of a list, the answers in its order.",
            content: {
              "application/json": {
                schema: {
                  oneOf: [
                    { $ref: "#/components/schemas/RecommendationResponse" },
                    {
                      type: "object",
                      required: ["responses"],
                      properties: {
                        responses: {
                          type: "array",
                          items: { $ref: "#/components/schemas/RecommendationResponse" },
                        },
                      },
                    },
                  ],
                },
              },
            },
          },
          400: problem("EVENT_BODY_MALFORMED: no JSON. REQUEST_INVALID: `field` names the part."),
          401: problem("EVENT_KEY_INVALID: the key is unknown, or absent beside a visitorId."),
          413: problem("EVENT_BODY_TOO_LARGE: more than 64 KiB."),
        },
      },
    },
  },
  components: {
    schemas: {
      RecommendationRequest: {
        type: "object",
        additionalProperties: false,
        properties: {
          key: { type: "string" },
          visitorId: id,
          itemId: id,
          placement: id,
          limit: { type: "integer", minimum: 1, maximum: limitMax },
          exclude: { type: "array", items: id, maxItems: excludeItemsMax },
          filter: { $ref: "#/components/schemas/Filter" },
          ...answerSchemas,
          ...ruleSchemas,
          fields: { type: "array", items: { type: "string" }, maxItems: requestBounds.fieldsMax },
        },
      },
      RecommendationBatch: {
        type: "object",
        additionalProperties: false,
        required: ["requests"],
        properties: {
          key: { type: "string" },
          requests: {
            type: "array",
            minItems: 1,
            maxItems: requestBounds.batchMax,
            items: { $ref: "#/components/schemas/RecommendationRequest" },
            description: "Without keys of their own.",
          },
        },
      },
      Filter: {
        type: "object",
        description:
          "One of `{all: [filter]}`, `{any: [filter]}`, `{not: filter}`, `{field, in: [value]}`, `{field, min, max}` and " +
          '`{field: "inStock", is: true}`. Fields: inStock, brand, category, price, attr.<name>.',
        properties: {
          all: { type: "array", items: { $ref: "#/components/schemas/Filter" } },
          any: { type: "array", items: { $ref: "#/components/schemas/Filter" } },
          not: { $ref: "#/components/schemas/Filter" },
          field: { type: "string" },
          in: { type: "array", items: { type: ["string", "number", "boolean"] } },
          min: { type: "number" },
          max: { type: "number" },
          is: { type: "boolean" },
        },
      },
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
          filtered: {
            type: "integer",
            description: "With a filter: distinct items that sources offered and the filter turned away.",
          },
          fallback: {
            type: "boolean",
            description: "With a filter: whether sources had too little that passes, and the catalogue filled it.",
          },
          cursor: {
            type: ["string", "null"],
            description: "With a cursor: what to ask the next page with. Null after the last one.",
          },
        },
      },
      Recommendation: {
        type: "object",
        required: ["itemId", "score", "source"],
        properties: {
          itemId: { type: "string", description: "The shop's id of the item." },
          score: { type: "number", description: "Above 0; comparable within one source." },
          source: { type: "string", enum: [...recommendationSources], description: "Why the item is there." },
          because: {
            type: "array",
            items: { $ref: "#/components/schemas/Reason" },
            description:
              "With `explain`, of sources session, item and user: at most five reasons, the strongest first.",
          },
          fields: { type: "object", description: "Of the catalogue, by name, where they were asked." },
        },
      },
      Reason: {
        type: "object",
        required: ["itemId", "share", "sessionsWithBoth", "sessionsWithItem", "llr"],
        properties: {
          itemId: { type: "string", description: "What the visitor looked at, or the item on the page." },
          share: { type: "number", description: "Of the score, 0 … 1." },
          sessionsWithBoth: { type: "integer", description: "Sessions of training that held both items." },
          sessionsWithItem: { type: "integer", description: "Those that held this one." },
          llr: { type: "number", description: "Log-likelihood ratio of the two items." },
        },
      },
    },
  },
};
