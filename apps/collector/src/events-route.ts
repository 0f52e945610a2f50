import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError, errorCodeOf, type Random } from "@footfall/base";
import type { HotRoute, Logger, WriteKeys } from "@footfall/runtime";
import { refuse, sendReceipts } from "./answer.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { preflightHeaders, requireOrigin } from "./origin.ts";
import { parseBatch } from "./parse-batch.ts";
import { type BytesHeld, readBody } from "./read-body.ts";
import { type EventSource, keepMalformedBody, receiveEvents, type Receiver } from "./receive-events.ts";
import { scanBatch } from "./scan-batch.ts";

export interface EventsRouteOptions {
  readonly keys: WriteKeys;
  /** By write key. */
  readonly sources: ReadonlyMap<string, EventSource>;
  readonly receiver: Receiver;
  readonly budget: ByteBudget;
  readonly random: Random;
  readonly logger: Logger;
}

/** nginx's word for a client that went away before its answer; seen in metrics only. */
const clientGoneStatus = 499;
/** Refused clients come back after 1 to this many seconds. */
const retryAfterMaxSeconds = 3;

/** `POST /v1/events`, with its preflight. */
export function createEventsRoute(options: EventsRouteOptions): HotRoute {
  const { receiver, budget, random, logger } = options;

  function refuseWith(error: unknown, request: IncomingMessage, response: ServerResponse): number {
    receiver.countError(errorCodeOf(error));
    const status = refuse(request, response, error, 1 + Math.floor(random() * retryAfterMaxSeconds));
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
    const held: BytesHeld = { bytes: 0 };
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
async function answerPost({ sources, receiver, budget }: EventsRouteOptions, exchange: Exchange): Promise<number> {
  const { request, response } = exchange;
  const { origin } = request.headers;
  const key = keyOfRequest(request, exchange.query);
  // Whoever names the key outside the body is refused before the body is read.
  let source = key === undefined ? undefined : sourceOf(sources, key, origin);
  const body = await readBody(request, budget, exchange.held);
  if (!body) return clientGoneStatus;
  try {
    const batch = scanBatch(body, receiver.scanner) ?? parseBatch(body);
    source ??= sourceOf(sources, batch.key, origin);
    sendReceipts(response, await receiveEvents(receiver, source, batch, body), origin);
    return 200;
  } catch (error) {
    if (source && error instanceof AppError && error.code === "EVENT_BODY_MALFORMED") {
      const field = typeof error.context["field"] === "string" ? error.context["field"] : "";
      await keepMalformedBody(receiver, source, { code: error.code, field, reason: error.message }, body);
    }
    throw error;
  }
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
  response.writeHead(204, preflightHeaders(keys, source?.key, origin));
  response.end();
}

function keyOfRequest(request: IncomingMessage, query: string): string | undefined {
  const header = request.headers["x-footfall-key"];
  if (typeof header === "string") return header;
  return query === "" ? undefined : (new URLSearchParams(query).get("key") ?? undefined);
}

/** @throws AppError EVENT_KEY_INVALID, EVENT_ORIGIN_FORBIDDEN */
function sourceOf(
  sources: ReadonlyMap<string, EventSource>,
  key: string | undefined,
  origin: string | undefined,
): EventSource {
  const source = key === undefined ? undefined : sources.get(key);
  if (!source) {
    const fault = key === undefined ? "The request has no write key." : "The write key is not known here.";
    const remedy = 'Send it as the header X-Footfall-Key, as ?key=, or as "key" in the body.';
    throw new AppError("EVENT_KEY_INVALID", `${fault} ${remedy}`);
  }
  requireOrigin(source.key, origin);
  return source;
}
