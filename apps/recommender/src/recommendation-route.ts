import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError, type Clock, type Random, type RequestId, type TenantId, uuidv7 } from "@footfall/base";
import {
  allowsOrigin,
  grantedHeaders,
  type HotRoute,
  type Logger,
  sendProblem,
  type WriteKey,
  type WriteKeys,
} from "@footfall/runtime";
import { recommend, type RecommendationResponse } from "@footfall/similarity/serving";
import { answerJson } from "./answer-json.ts";
import { AnswerQueue } from "./answer-queue.ts";
import { rankingRules } from "./request/ranking-rules.ts";
import { parseRecommendationBody, readRequestBody } from "./request/recommendation-body.ts";
import { defaultLimit, parseRecommendationQuery, type RecommendationQuery } from "./request/recommendation-query.ts";
import type { RecommenderMetrics } from "./recommender-metrics.ts";
import type { TenantState, TenantStates } from "./tenant-state.ts";

export interface RecommendationRouteOptions {
  readonly states: TenantStates;
  readonly keys: WriteKeys;
  /** Answers requests without a key. */
  readonly defaultTenant: TenantId;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: RecommenderMetrics;
  readonly logger: Logger;
  readonly countError: (error: unknown) => void;
}

const keyHeader = "x-footfall-key";
const preflightHeaders = {
  "Access-Control-Allow-Methods": "GET, POST",
  "Access-Control-Max-Age": "7200",
};

/**
 * `GET|POST /recommendations`: parse, rank, answer; nothing in between waits, so one request never meets another's
 * state.
 */
export function recommendationRoute(options: RecommendationRouteOptions): HotRoute {
  const { countError, metrics, logger } = options;
  const answers = new AnswerQueue(({ results, startMs }) => {
    const tookSeconds = (performance.now() - startMs) / 1000;
    for (const result of results) metrics.countAnswer(result, tookSeconds);
  });
  return {
    path: "/recommendations",
    handle: (request, response, query) => {
      const refuse = (error: unknown): void => {
        if (!response.headersSent) allowAnyOrigin(response);
        const { status } = sendProblem(response, error);
        if (status >= 500) logger.error({ error }, "a request failed");
        countError(error);
      };
      try {
        if (request.method === "GET" || request.method === "HEAD") {
          answer(options, answers, request, response, [parseRecommendationQuery(query)], false);
        } else if (request.method === "POST") answerPost(options, answers, request, response, query).catch(refuse);
        else if (request.method === "OPTIONS") answerPreflight(options, request, response);
        else refuseMethod(request, response);
      } catch (error) {
        refuse(error);
      }
    },
  };
}

async function answerPost(
  options: RecommendationRouteOptions,
  answers: AnswerQueue,
  request: IncomingMessage,
  response: ServerResponse,
  queryText: string,
): Promise<void> {
  // Of the address only the key counts: what is asked stands in the body.
  const { key } = parseRecommendationQuery(queryText);
  const text = await readRequestBody(request);
  if (text === undefined) return;
  const { queries, isBatch } = parseRecommendationBody(text);
  if (key !== undefined) for (const query of queries) query.key ??= key;
  answer(options, answers, request, response, queries, isBatch);
}

/** @param isBatch  whether a list is answered: `{"responses": […]}` in the order of the queries */
function answer(
  options: RecommendationRouteOptions,
  answers: AnswerQueue,
  request: IncomingMessage,
  response: ServerResponse,
  queries: readonly RecommendationQuery[],
  isBatch: boolean,
): void {
  const startMs = performance.now();
  const key = keyOf(options, request, queries[0]!);
  if (key === undefined && queries.some(({ visitorId }) => visitorId !== undefined)) throw keyMissing();
  const state = options.states.get(key?.tenant ?? options.defaultTenant)!;
  const ranked = queries.map((query) => rank(options, state, query));
  const body = isBatch ? `{"responses":[${ranked.map(({ json }) => json).join(",")}]}` : ranked[0]!.json;
  const length = String(Buffer.byteLength(body));
  // A flat list, which Node takes as it is; an object would be copied and checked first.
  const headers = ["Content-Type", "application/json", "Content-Length", length, "Cache-Control", "no-store"];
  const { origin } = request.headers;
  if (origin !== undefined) {
    const allowed: Record<string, string> = {};
    allowOrigin(allowed, originsOf(options, key), origin);
    for (const name in allowed) headers.push(name, allowed[name]!);
  }
  response.writeHead(200, headers);
  answers.add({ response, body, results: ranked.map(({ result }) => result), startMs });
}

interface Ranked {
  readonly result: RecommendationResponse;
  readonly json: string;
}

function rank({ clock, random }: RecommendationRouteOptions, state: TenantState, query: RecommendationQuery): Ranked {
  const nowMs = clock();
  const { visitorId, itemId, placement, exclude, isExplained } = query;
  const { catalogue, placements, served } = state;
  const defaults = placements && (placements.byName.get(placement) ?? placements.other);
  const hasRules = query.rules !== undefined || defaults !== undefined || catalogue?.absent === "forbid";
  const rules = hasRules ? rankingRules(query.rules ?? {}, defaults, catalogue, served.model) : undefined;
  const result = recommend(
    served,
    {
      requestId: uuidv7(nowMs, random) as string as RequestId,
      placement,
      limit: query.limit === 0 ? (defaults?.limit ?? defaultLimit) : query.limit,
      exclude,
      nowMs,
      ...(rules === undefined ? undefined : { rules }),
      ...(visitorId === undefined ? undefined : { visitorId }),
      ...(itemId === undefined ? undefined : { itemId }),
      ...(isExplained === true ? { isExplained } : undefined),
    },
    state,
  );
  const fields = query.rules?.fields ?? defaults?.fields;
  return {
    result,
    json: answerJson(result, fields && catalogue ? (shown) => catalogue.fieldsJson(shown, fields) : undefined),
  };
}

function keyOf(
  { keys }: RecommendationRouteOptions,
  request: IncomingMessage,
  query: RecommendationQuery,
): WriteKey | undefined {
  const header = request.headers[keyHeader];
  const text = query.key ?? (typeof header === "string" && header !== "" ? header : undefined);
  if (text === undefined) return undefined;
  const key = keys.get(text);
  if (!key) throw new AppError("EVENT_KEY_INVALID", "The key is unknown. Use the one of the shop's snippet, or none.");
  return key;
}

/** What a visitor did shows in the answer: it is for who has the shop's key. */
function keyMissing(): AppError {
  const message = "An answer for a visitorId needs the shop's key, as ?key= or as the header X-Footfall-Key.";
  return new AppError("EVENT_KEY_INVALID", message);
}

/** Origins that may read the answer: the key's; without a key, those of all keys of the default tenant. */
function originsOf({ keys, defaultTenant }: RecommendationRouteOptions, key: WriteKey | undefined): readonly string[] {
  if (key) return key.origins;
  return [...keys.values()].filter((entry) => entry.tenant === defaultTenant).flatMap((entry) => entry.origins);
}

function allowOrigin(headers: Record<string, string>, origins: readonly string[], origin: string): void {
  headers.Vary = "Origin";
  if (origins.includes("*")) headers["Access-Control-Allow-Origin"] = "*";
  else if (allowsOrigin(origins, origin)) headers["Access-Control-Allow-Origin"] = origin;
}

/** A preflight carries no key header: an origin that any key allows may go on, the answer itself decides. */
function answerPreflight(
  { keys }: RecommendationRouteOptions,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const granted = grantedHeaders(request, ["X-Footfall-Key", "Content-Type"]);
  const headers: Record<string, string> = { ...preflightHeaders, "Access-Control-Allow-Headers": granted };
  const origins = [...keys.values()].flatMap((key) => key.origins);
  allowOrigin(headers, origins, request.headers.origin ?? "");
  headers.Vary = "Origin, Access-Control-Request-Headers";
  response.writeHead(204, headers);
  response.end();
}

function refuseMethod(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader("Allow", "GET, HEAD, POST, OPTIONS");
  throw new AppError("REQUEST_METHOD_NOT_ALLOWED", `/recommendations takes GET and POST, not ${request.method}.`);
}

/** A page may read what it did wrong, whatever key it tried. */
function allowAnyOrigin(response: ServerResponse): void {
  response.setHeader("Access-Control-Allow-Origin", "*");
}
