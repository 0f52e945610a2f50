import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError, type ErrorCode, errorCodeOf, type Random } from "@footfall/base";
import type { HotRoute, Logger, WriteKeys } from "@footfall/runtime";
import { refuse, sendReceipts } from "./answer.ts";
import type { ByteBudget } from "./byte-budget.ts";
import type { KnownBots } from "./known-bots.ts";
import { isOriginAllowed, preflightHeaders, requireOrigin } from "./origin.ts";
import { parseBatch } from "./parse-batch.ts";
import { type BytesHeld, readBody } from "./read-body.ts";
import { type EventSource, keepRefusedBody, receiveEvents, type Receiver } from "./receive-events.ts";
import { scanBatch } from "./scan-batch.ts";

type SourcesByKey = Pick<ReadonlyMap<string, EventSource>, "get">;

export interface EventsRouteOptions {
  readonly keys: WriteKeys;
  /** By write key. */
  readonly sources: SourcesByKey;
  readonly receiver: Receiver;
  readonly bots: KnownBots;
  readonly budget: ByteBudget;
  readonly random: Random;
  readonly logger: Logger;
}

/** nginx's word for a client that went away before its answer; seen in metrics only. */
const clientGoneStatus = 499;
/** Refused clients come back over this many seconds, the first of them no sooner than they may. */
const retryAfterSpreadSeconds = 3;

/** `POST /v1/events`, with its preflight. */
export function createEventsRoute(options: EventsRouteOptions): HotRoute {
  const { receiver, budget, random, logger } = options;

  function refuseWith(error: unknown, request: IncomingMessage, response: ServerResponse): number {
    receiver.countError(errorCodeOf(error));
    const wait = retryAfterSeconds(error) + Math.floor(random() * retryAfterSpreadSeconds);
    const status = refuse(request, response, error, wait);
    // That the log takes nothing is told once, not for each request.
    if (status >= 500 && errorCodeOf(error) !== "LOG_UNAVAILABLE") logger.warn({ error }, "a batch was not taken");
    return status;
  }

  async function handle(request: IncomingMessage, response: ServerResponse, query: string): Promise<void> {
    if (request.method !== "POST") {
      try {
        answerOther(options, request, response, query);
      } catch (error) {
        refuseWith(error, request, response);
      }
      return;
    }
    const startMs = performance.now();
    const held: BytesHeld = { bytes: 0, chunks: [] };
    let status: number;
    try {
      status = await answerPost(options, { request, response, query, held });
    } catch (error) {
      status = refuseWith(error, request, response);
    }
    budget.release(held.bytes);
    receiver.metrics.countRequest(status, (performance.now() - startMs) / 1000);
  }

  return { path: "/v1/events", handle };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: string;
  readonly held: BytesHeld;
}

/** @returns the HTTP status, once the answer is written */
async function answerPost(options: EventsRouteOptions, exchange: Exchange): Promise<number> {
  const { sources, receiver, bots, budget } = options;
  const { request, response, held } = exchange;
  const { origin } = request.headers;
  const { clock } = receiver;
  const key = keyOfRequest(request, exchange.query);
  // Whoever names the key outside the body is refused before the body is read.
  let source = key === undefined ? undefined : sourceOf(sources, key, origin);
  source?.quota.requireRoom(clock());
  try {
    const body = await readBody(request, budget, held);
    if (!body) return clientGoneStatus;
    // Once more: other requests may have used the quota up meanwhile.
    source?.quota.requireRoom(clock());
    const batch = scanBatch(body, (named) => (source ?? sources.get(named ?? ""))?.scanner()) ?? parseBatch(body);
    if (!source) {
      source = sourceOf(sources, batch.key, origin);
      source.quota.requireRoom(clock());
    }
    source.quota.take(body.length, batch.events.length);
    const isBot = bots.isSender(request.headers, source.key);
    sendReceipts(response, await receiveEvents(receiver, source, { batch, body, isBot }), origin);
    return 200;
  } catch (error) {
    if (isRefusedBody(error)) await keepBody(options, source, error, exchange);
    throw error;
  }
}

const bodyFaults: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "EVENT_BODY_MALFORMED",
  "EVENT_BODY_TOO_LARGE",
  "EVENT_BATCH_EMPTY",
  "EVENT_BATCH_TOO_LONG",
]);

function isRefusedBody(error: unknown): error is AppError {
  return error instanceof AppError && bodyFaults.has(error.code);
}

function retryAfterSeconds(error: unknown): number {
  const seconds = error instanceof AppError ? error.context["retryAfterSeconds"] : undefined;
  return typeof seconds === "number" ? seconds : 1;
}

/**
 * Keeps what was read of a body that was refused as a whole, where its shop is known. It counts as one event.
 * @throws AppError EVENT_QUOTA_EXCEEDED (retriable)
 */
async function keepBody(
  { sources, receiver }: EventsRouteOptions,
  source: EventSource | undefined,
  error: AppError,
  { request, held }: Exchange,
): Promise<void> {
  const body = Buffer.concat(held.chunks);
  const owner = source ?? sourceNamedIn(body, sources, request.headers.origin);
  if (!owner) return;
  owner.quota.requireRoom(receiver.clock());
  owner.quota.take(body.length, 1);
  const field = typeof error.context["field"] === "string" ? error.context["field"] : "";
  await keepRefusedBody(receiver, owner, { code: error.code, field, reason: error.message }, body);
}

const keyInText = /"key"\s*:\s*"([\w-]{4,128})"/;

/** A body that cannot be parsed may still show whose it is. */
function sourceNamedIn(body: Buffer, sources: SourcesByKey, origin: string | undefined): EventSource | undefined {
  const source = sources.get(keyInText.exec(body.toString("utf8"))?.[1] ?? "");
  return source && isOriginAllowed(source.key, origin) ? source : undefined;
}

function answerOther(
  { keys, sources }: EventsRouteOptions,
  request: IncomingMessage,
  response: ServerResponse,
  query: string,
): void {
  const { origin } = request.headers;
  if (request.method !== "OPTIONS" || origin === undefined) {
    const message = `Send events with POST to this address, not ${request.method}.`;
    throw new AppError("REQUEST_METHOD_NOT_ALLOWED", message);
  }
  const source = sources.get(keyOfRequest(request, query) ?? "");
  response.writeHead(204, preflightHeaders(keys, source?.key, request));
  response.end();
}

function keyOfRequest(request: IncomingMessage, query: string): string | undefined {
  const header = request.headers["x-footfall-key"];
  if (typeof header === "string") return header;
  return query === "" ? undefined : (new URLSearchParams(query).get("key") ?? undefined);
}

/** @throws AppError EVENT_KEY_INVALID, EVENT_ORIGIN_FORBIDDEN */
function sourceOf(sources: SourcesByKey, key: string | undefined, origin: string | undefined): EventSource {
  const source = key === undefined ? undefined : sources.get(key);
  if (!source) {
    const fault = key === undefined ? "The request has no write key." : "The write key is not known here.";
    const remedy = 'Send it as the header X-Footfall-Key, as ?key=, or as "key" in the body.';
    throw new AppError("EVENT_KEY_INVALID", `${fault} ${remedy}`);
  }
  requireOrigin(source.key, origin);
  return source;
}
