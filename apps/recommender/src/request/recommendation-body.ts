import type { IncomingMessage } from "node:http";
import { AppError } from "@footfall/base";
import { schemaProblems } from "@footfall/base/schema-problems";
import { type Filter, parseFilter } from "@footfall/catalogue";
import { limits } from "@footfall/events";
import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import {
  checkedCursor,
  checkedFields,
  checkedId,
  defaultPlacement,
  excludeItemsMax,
  filterInvalid,
  type RecommendationQuery,
} from "./recommendation-query.ts";
import { requestBounds, type RequestedRules } from "./requested-rules.ts";
import { flag, ruleFields } from "./rule-fields.ts";

const id = Type.String({
  maxLength: limits.idLengthMax,
  description: `a text of at most ${limits.idLengthMax} characters`,
});
const key = Type.Optional(Type.String({ description: "a text" }));
const requestFields = {
  visitorId: Type.Optional(id),
  itemId: Type.Optional(id),
  placement: Type.Optional(id),
  ...ruleFields,
  exclude: Type.Optional(
    Type.Array(id, { maxItems: excludeItemsMax, description: `a list of at most ${excludeItemsMax} items' ids` }),
  ),
  consent: Type.Optional(flag),
  explain: Type.Optional(flag),
  cursor: Type.Optional(Type.String({ description: "a text" })),
  fields: Type.Optional(Type.Array(Type.String(), { description: "a list of fields" })),
};
const strict = { additionalProperties: false };
const RequestSchema = Type.Object(requestFields, strict);
const SingleSchema = Type.Object({ key, ...requestFields }, strict);
const BatchSchema = Type.Object(
  {
    key,
    requests: Type.Array(RequestSchema, {
      minItems: 1,
      maxItems: requestBounds.batchMax,
      description: `a list of 1 to ${requestBounds.batchMax} requests`,
    }),
  },
  strict,
);
const single = TypeCompiler.Compile(SingleSchema);
const batch = TypeCompiler.Compile(BatchSchema);

/** What a body asks for. */
export interface RequestedAnswers {
  readonly queries: readonly RecommendationQuery[];
  /** Whether it came as a list, which is answered by one. */
  readonly isBatch: boolean;
}

/**
 * Reads the body of `POST /recommendations`: the parameters of GET by the same names, lists as lists; or a list
 * `requests` of them, beside one key.
 * @throws AppError EVENT_BODY_MALFORMED, REQUEST_INVALID with `context.field`
 */
export function parseRecommendationBody(text: string): RequestedAnswers {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError("EVENT_BODY_MALFORMED", `The body is not JSON: ${(cause as Error).message}`, { cause });
  }
  const isBatch = typeof value === "object" && value !== null && "requests" in value;
  if (isBatch) {
    if (!batch.Check(value)) throw bodyInvalid(BatchSchema, value);
    const { key: ownKey, requests } = value;
    return { isBatch, queries: requests.map((request, at) => queryOf(request, ownKey, `requests[${at}].`)) };
  }
  if (!single.Check(value)) throw bodyInvalid(SingleSchema, value);
  const { key: ownKey, ...request } = value;
  return { isBatch, queries: [queryOf(request, ownKey, "")] };
}

function bodyInvalid(schema: TSchema, value: unknown): AppError {
  return filterInvalid(
    schemaProblems(schema, value).map(({ place, message }) => ({ place: place || "body", message })),
  );
}

/** @param place  before the names of fields, in problems */
function queryOf(
  request: Static<typeof RequestSchema>,
  ownKey: string | undefined,
  place: string,
): RecommendationQuery {
  const {
    visitorId,
    itemId,
    placement,
    limit = 0,
    exclude = [],
    consent,
    explain,
    cursor,
    filter,
    fields,
    ...plain
  } = request;
  const rules: RequestedRules = plain;
  if (filter !== undefined) {
    const read = (): Filter => {
      const parsed = parseFilter(filter, `${place}filter`);
      if ("problems" in parsed) throw filterInvalid(parsed.problems);
      return parsed.filter;
    };
    rules.filter = { key: JSON.stringify(filter), read };
  }
  if (fields !== undefined) rules.fields = checkedFields(fields, `${place}fields`);
  if (cursor !== undefined && cursor !== "") rules.shown = checkedCursor(cursor, `${place}cursor`);
  const isKnown = consent !== false;
  return {
    limit,
    placement: named(placement, `${place}placement`) ?? defaultPlacement,
    exclude: exclude.filter((excluded) => excluded !== "").map((excluded) => checkedId(excluded, `${place}exclude`)),
    ...(ownKey !== undefined && ownKey !== "" && { key: ownKey }),
    ...optional("visitorId", isKnown ? named(visitorId, `${place}visitorId`) : undefined),
    ...optional("itemId", named(itemId, `${place}itemId`)),
    ...(explain === true && { isExplained: true }),
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
