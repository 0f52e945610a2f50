import type { Random } from "@footfall/base";
import type { EventReceipt } from "@footfall/events";

/** What came of one request. `status` 0 is: no answer, or one that nobody may read. */
export interface TransportAnswer {
  readonly status: number;
  /** The Retry-After header as it came. */
  readonly retryAfter?: string | null;
  readonly receipts?: readonly EventReceipt[];
  /** Code of the collector's problem+json; absent where the answer is none of ours. */
  readonly code?: string;
  /** What happened and what to do, in the collector's words. */
  readonly detail?: string;
}

/**
 * `settled`: every event has its receipt.
 * `unfit`: the collector itself will never take this body, whoever sends it.
 * `refused`: nothing is taken as the shop is set up now (key, origin, address); a person has to mend that.
 * `retry`: it may pass by itself.
 */
export type Verdict = "settled" | "unfit" | "refused" | "retry";

/**
 * What to do about an answer. Only the collector may condemn events, by a receipt each or by a code about the body:
 * a 404 of a wrong address, or a success without one receipt per event (a shop's own page, a hotel's login), tells
 * nothing about them.
 */
export function judgeAnswer({ status, receipts, code = "" }: TransportAnswer, batchLength: number): Verdict {
  if (status >= 200 && status < 300 && receipts?.length === batchLength) return "settled";
  if (/^EVENT_(BODY|BATCH|TOO)_/.test(code)) return "unfit";
  return status < 200 || status > 499 || status === 408 || status === 429 ? "retry" : "refused";
}

export const backOffBaseMs = 1_000;
export const backOffMaxMs = 60_000;
/**
 * A Retry-After beyond this is cut, so that a slip of an operator does not silence the shops for days; what a person
 * has to mend first is asked after this seldom.
 */
export const retryAfterMaxMs = 600_000;

/**
 * Exponential back-off with full jitter (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015):
 * uniform in [0, min(max, base · 2^failures)).
 * @param failures  failed requests in a row, from 1
 */
export function backOffMs(failures: number, random: Random, maxMs = backOffMaxMs): number {
  return Math.floor(random() * Math.min(maxMs, backOffBaseMs * 2 ** failures));
}

/** Wait that a Retry-After header asks for (RFC 9110, section 10.2.3: seconds or a date), ms; 0 when there is none. */
export function retryAfterMs(header: string | null | undefined, nowMs: number): number {
  if (!header) return 0;
  const seconds = Number(header);
  const waitMs = Number.isNaN(seconds) ? Date.parse(header) - nowMs : seconds * 1_000;
  return Math.max(0, Math.min(waitMs || 0, retryAfterMaxMs));
}
