import type { IncomingMessage } from "node:http";

/** More, or longer, than what pages ask for; past it only our own headers are granted. */
const askedTextLengthMax = 4_096;
const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]{1,128}$/i;

/**
 * Value of `Access-Control-Allow-Headers`: our own, and what the browser asks for. Tracing tools put headers on every
 * request of a page (`traceparent`, `baggage`, `sentry-trace`); we read none of them, and one that is not granted ends
 * the request.
 */
export function grantedHeaders(request: IncomingMessage, own: readonly string[]): string {
  const asked = request.headers["access-control-request-headers"] ?? "";
  if (asked.length > askedTextLengthMax) return own.join(", ");
  const known = new Set(own.map((name) => name.toLowerCase()));
  const others = asked.split(",").map((name) => name.trim());
  const granted = others.filter((name) => headerName.test(name) && !known.has(name.toLowerCase()));
  return [...own, ...new Set(granted)].join(", ");
}
