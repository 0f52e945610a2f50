import { limits } from "@footfall/events";
import { recommendationSources } from "@footfall/similarity/serving";
import { defaultLimit, defaultPlacement, excludeItemsMax, limitMax } from "./recommendation-query.ts";

/** Part of an OpenAPI 3.1 document: what one service adds to the page of all. */
export interface OpenApiFragment {
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface OpenApiDocument extends OpenApiFragment {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
}

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
      Problem: {
        type: "object",
        required: ["type", "title", "status", "detail", "code"],
        properties: {
          type: { type: "string", description: "`urn:footfall:error:` and the code." },
          title: { type: "string", description: "What the code means." },
          status: { type: "integer", description: "The HTTP status." },
          detail: { type: "string", description: "What happened and what to do." },
          code: { type: "string", description: "One of the codes of docs/errors.md." },
          field: { type: "string", description: "The parameter at fault." },
        },
      },
    },
  },
};

/** One document of the fragments of all services; of parts with the same name the first counts. */
export function openApiDocument(fragments: readonly OpenApiFragment[]): OpenApiDocument {
  const components: Record<string, Record<string, unknown>> = {};
  for (const fragment of fragments) {
    for (const [kind, parts] of Object.entries(fragment.components ?? {})) {
      components[kind] = { ...parts, ...components[kind] };
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Footfall",
      version: "1",
      description: "Real-time clickstream recommendations: send what visitors do, ask what to show them.",
    },
    paths: Object.assign({}, ...[...fragments].reverse().map((fragment) => fragment.paths)) as OpenApiFragment["paths"],
    components,
  };
}
