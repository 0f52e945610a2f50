import type { Random } from "@footfall/base";
import type { EventReceipt } from "@footfall/events";

/** What came of one request. `status` 0 is: no answer, or one that nobody may read. */
export interface TransportAnswer {
  readonly status: number;
  /** The Retry-After header as it came. */
  readonly retryAfter?: string | null;
  readonly receipts?: readonly EventReceipt[];
}

/** `settled`: every event has its receipt. `refused`: the same request can never succeed. `retry`: it may. */
export type Verdict = "settled" | "refused" | "retry";

/**
 * What to do about an answer. A success that does not hold one receipt per event did not come from a collector
 * (a hotel's login page, a proxy): the events are kept. Of the 4xx only 408 and 429 are tried again.
 */
export function judgeAnswer(answer: TransportAnswer, batchLength: number): Verdict {
  const { status } = answer;
  if (status >= 200 && status < 300) return answer.receipts?.length === batchLength ? "settled" : "retry";
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? "refused" : "retry";
}

export const backOffBaseMs = 1_000;
export const backOffMaxMs = 60_000;
/** A Retry-After beyond this is cut, so that a slip of an operator does not silence the shops for days. */
export const retryAfterMaxMs = 600_000;

/**
 * Exponential back-off with full jitter (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015):
 * uniform in [0, min(max, base · 2^failures)).
 * @param failures  failed requests in a row, from 1
 */
export function backOffMs(failures: number, random: Random): number {
  return Math.floor(random() * Math.min(backOffMaxMs, backOffBaseMs * 2 ** failures));
}

/** Wait that a Retry-After header asks for (RFC 9110, section 10.2.3: seconds or a date), ms; 0 when there is none. */
export function retryAfterMs(header: string | null | undefined, nowMs: number): number {
  if (!header) return 0;
  const seconds = Number(header);
  const waitMs = Number.isNaN(seconds) ? Date.parse(header) - nowMs : seconds * 1_000;
  return Math.max(0, Math.min(waitMs || 0, retryAfterMaxMs));
}
