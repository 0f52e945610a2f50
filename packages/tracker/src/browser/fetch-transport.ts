import { readAnswer } from "../collector-api.ts";
import type { Transport } from "../sender.ts";

const answerTimeoutMs = 15_000;

/**
 * Posts to the collector as text/plain, which needs no preflight. Requests outlive their page (`keepalive`); where the
 * browser cannot do that, a leaving page uses sendBeacon, whose outcome nobody learns: the next page sends again.
 */
export function fetchTransport(url: string): Transport {
  const canOutlivePage = "keepalive" in Request.prototype;
  return async (body, isLeaving) => {
    if (isLeaving && !canOutlivePage) {
      navigator.sendBeacon(url, body);
      return { status: 0 };
    }
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), answerTimeoutMs);
    try {
      const response = await fetch(url, {
        method: "POST",
        body,
        headers: { "content-type": "text/plain" },
        credentials: "omit",
        // Past the browser's bound a keepalive request fails at once; a single large event goes without.
        keepalive: isLeaving || body.length < 60_000,
        signal: giveUp.signal,
      });
      const { status, headers } = response;
      return { ...readAnswer(await response.text()), status, retryAfter: headers.get("retry-after") };
    } catch {
      return { status: 0 };
    } finally {
      clearTimeout(timer);
    }
  };
}
