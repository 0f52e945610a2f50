import type { IncomingMessage } from "node:http";
import { AppError } from "@footfall/base";
import { allowsOrigin, grantedHeaders, type WriteKey, type WriteKeys } from "@footfall/runtime";

/** How long a browser may remember a preflight's answer; Chromium caps it at two hours. */
const preflightAgeMaxSeconds = 7_200;
const ownHeaders = ["Content-Type", "Content-Encoding", "X-Footfall-Key"] as const;

/** Whether a page of this origin may use the key. A request without `Origin` comes from a server, not from a page. */
export function isOriginAllowed(key: WriteKey, origin: string | undefined): boolean {
  return origin === undefined || allowsOrigin(key.origins, origin);
}

/** @throws AppError EVENT_ORIGIN_FORBIDDEN */
export function requireOrigin(key: WriteKey, origin: string | undefined): void {
  if (isOriginAllowed(key, origin)) return;
  const message = `The write key does not allow the origin ${shorten(origin ?? "")}. Add it to the key's "origins".`;
  throw new AppError("EVENT_ORIGIN_FORBIDDEN", message);
}

/**
 * The answer to a preflight. A browser sends none of our headers with it, so the key is known only where the address
 * has it; else every origin is let through that some key allows, and the request itself is checked.
 * @throws AppError EVENT_ORIGIN_FORBIDDEN
 */
export function preflightHeaders(
  keys: WriteKeys,
  key: WriteKey | undefined,
  request: IncomingMessage,
): Record<string, string> {
  const { origin = "" } = request.headers;
  const isAllowed = key ? isOriginAllowed(key, origin) : [...keys.values()].some((one) => isOriginAllowed(one, origin));
  if (!isAllowed) {
    const message = `No write key allows the origin ${shorten(origin)}. Add it to the "origins" of the shop's key.`;
    throw new AppError("EVENT_ORIGIN_FORBIDDEN", message);
  }
  return {
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": grantedHeaders(request, ownHeaders),
    "Access-Control-Max-Age": String(preflightAgeMaxSeconds),
    Vary: "Origin, Access-Control-Request-Headers",
  };
}

function shorten(origin: string): string {
  return origin.length > 200 ? `${origin.slice(0, 200)}…` : origin;
}
