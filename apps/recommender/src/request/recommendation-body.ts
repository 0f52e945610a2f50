import type { IncomingMessage } from "node:http";
import { AppError } from "@footfall/base";
import { schemaProblems } from "@footfall/base/schema-problems";
import { type Filter, parseFilter } from "@footfall/catalogue";
import { limits } from "@footfall/events";
import { Type } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import {
  checkedFields,
  checkedId,
  defaultPlacement,
  excludeItemsMax,
  filterInvalid,
  limitMax,
  type RecommendationQuery,
} from "./recommendation-query.ts";
import { requestBounds, type RequestedRules } from "./requested-rules.ts";

const id = Type.String({
  maxLength: limits.idLengthMax,
  description: `a text of at most ${limits.idLengthMax} characters`,
});
const flag = Type.Boolean({ description: "true or false" });
const perGroup = Type.Integer({
  minimum: 1,
  maximum: requestBounds.perGroupMax,
  description: `a whole number from 1 to ${requestBounds.perGroupMax}`,
});
const BodySchema = Type.Object(
  {
    key: Type.Optional(Type.String({ description: "a text" })),
    visitorId: Type.Optional(id),
    itemId: Type.Optional(id),
    placement: Type.Optional(id),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: limitMax, description: `a whole number from 1 to ${limitMax}` }),
    ),
    exclude: Type.Optional(
      Type.Array(id, { maxItems: excludeItemsMax, description: `a list of at most ${excludeItemsMax} items' ids` }),
    ),
    filter: Type.Optional(Type.Unknown()),
    excludeSeen: Type.Optional(flag),
    excludePurchased: Type.Optional(flag),
    perCategory: Type.Optional(perGroup),
    perBrand: Type.Optional(perGroup),
    diversity: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: "a number from 0 to 1" })),
    fields: Type.Optional(Type.Array(Type.String(), { description: "a list of fields" })),
  },
  { additionalProperties: false },
);
const body = TypeCompiler.Compile(BodySchema);

/**
 * Reads the body of `POST /recommendations`: the parameters of GET by the same names, lists as lists.
 * @throws AppError EVENT_BODY_MALFORMED, REQUEST_INVALID with `context.field`
 */
export function parseRecommendationBody(text: string): RecommendationQuery {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError("EVENT_BODY_MALFORMED", `The body is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (!body.Check(value)) {
    throw filterInvalid(
      schemaProblems(BodySchema, value).map(({ place, message }) => ({ place: place || "body", message })),
    );
  }
  const { key, visitorId, itemId, placement, limit = 0, exclude = [], filter, fields, ...plain } = value;
  const rules: RequestedRules = plain;
  if (filter !== undefined) {
    const read = (): Filter => {
      const parsed = parseFilter(filter);
      if ("problems" in parsed) throw filterInvalid(parsed.problems);
      return parsed.filter;
    };
    rules.filter = { key: JSON.stringify(filter), read };
  }
  if (fields !== undefined) rules.fields = checkedFields(fields);
  return {
    limit,
    placement: named(placement, "placement") ?? defaultPlacement,
    exclude: exclude.filter((excluded) => excluded !== "").map((excluded) => checkedId(excluded, "exclude")),
    ...(key !== undefined && key !== "" && { key }),
    ...optional("visitorId", named(visitorId, "visitorId")),
    ...optional("itemId", named(itemId, "itemId")),
    ...(Object.keys(rules).length > 0 && { rules }),
  };
}

function named(value: string | undefined, field: string): string | undefined {
  return value === undefined || value === "" ? undefined : checkedId(value, field);
}

function optional(name: "visitorId" | "itemId", value: string | undefined): { visitorId?: string; itemId?: string } {
  return value === undefined ? {} : { [name]: value };
}

/**
 * @returns undefined where the client went away
 * @throws AppError EVENT_BODY_TOO_LARGE, REQUEST_TYPE_UNSUPPORTED
 */
export async function readRequestBody(request: IncomingMessage): Promise<string | undefined> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    throw new AppError("REQUEST_TYPE_UNSUPPORTED", "Send the body without a content encoding.");
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= requestBounds.bodyBytesMax) chunks.push(chunk);
      // The rest is read and dropped, so that the answer arrives.
      else reject(new AppError("EVENT_BODY_TOO_LARGE", `The body exceeds ${requestBounds.bodyBytesMax} bytes.`));
    });
    request.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    // An error is always followed by "close"; without a listener it would end the process.
    request.on("error", () => {});
    request.on("close", () => resolve(undefined));
  });
}
