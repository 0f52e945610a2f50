import { errorCodes } from "@footfall/base";
import { clickEventJsonSchema, limits } from "@footfall/events";
import type { OpenApiFragment } from "@footfall/runtime";

const problem = (description: string, headers = {}) => ({
  description,
  headers,
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
});
const retryAfter = { "Retry-After": { description: "Seconds to wait.", schema: { type: "integer" } } };

/** What the collector answers to, as OpenAPI. */
export const collectorOpenApi: OpenApiFragment = {
  paths: {
    "/v1/events": {
      post: {
        operationId: "sendEvents",
        summary: "Send a batch of events",
        description:
          "Answered after the log holds every accepted event durably. After 503, 429 or no answer send the same " +
          "batch again: event ids make that harmless. Any content type is read as JSON, so that beacons need no " +
          "preflight; `Content-Encoding: gzip` is understood.",
        parameters: [
          { name: "X-Footfall-Key", in: "header", required: false, schema: { type: "string" } },
          { name: "key", in: "query", required: false, schema: { type: "string" } },
        ],
        requestBody: {
          required: true,
          content: { "application/json": { schema: { $ref: "#/components/schemas/EventBatch" } } },
        },
        responses: {
          "200": {
            description: "Taken: one receipt per event, in order. Rejected events are kept with their reason.",
            content: {
              "application/json": {
                schema: {
                  type: "object",
                  required: ["receipts"],
                  properties: { receipts: { type: "array", items: { $ref: "#/components/schemas/EventReceipt" } } },
                },
              },
            },
          },
          "400": problem("Not a batch."),
          "401": problem("The write key is absent or unknown."),
          "403": problem("The page's origin may not use the key."),
          "413": problem("Too many bytes or events; nothing was taken."),
          "429": problem("The write key has sent more than it may; send the same batch again.", retryAfter),
          "503": problem("Not taken; send the same batch again.", retryAfter),
        },
      },
    },
  },
  components: {
    schemas: {
      ClickEvent: clickEventJsonSchema,
      EventBatch: {
        type: "object",
        required: ["events"],
        properties: {
          key: { type: "string", description: "The write key, where neither header nor address has it." },
          sentAtMs: {
            type: "number",
            description: "Device time of the sending, ms since the epoch; corrects its clock.",
          },
          redrive: {
            type: "boolean",
            description:
              "True where `clicks.rejected` holds the events already: what is refused again is not kept twice. " +
              "For keys marked historic; of others it is ignored.",
          },
          events: {
            type: "array",
            minItems: 1,
            maxItems: limits.batchEventsMax,
            items: { $ref: "#/components/schemas/ClickEvent" },
          },
        },
      },
      EventReceipt: {
        type: "object",
        required: ["eventId", "status"],
        properties: {
          eventId: { type: ["string", "null"] },
          status: { enum: ["accepted", "duplicate", "rejected"] },
          code: { enum: Object.keys(errorCodes).filter((code) => code.startsWith("EVENT_")) },
          field: { type: "string", description: "JSON pointer into the event." },
          reason: { type: "string", description: "What to do." },
        },
      },
    },
  },
};
