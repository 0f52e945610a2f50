import type { Clock, Random } from "@footfall/base";
import { type KeyValueStore, storePrefix } from "./key-value-store.ts";
import { backOffMaxMs, backOffMs, retryAfterMaxMs, retryAfterMs, type Verdict } from "./retry-rule.ts";

export interface RetryGate {
  /** How long no request may go, ms; 0 when one may go now. */
  waitMs(): number;
  /** What came of a request: a failure closes the gate for a while, anything else opens it. */
  note(verdict: Verdict, retryAfter: string | null | undefined): void;
}

export interface RetryGateOptions {
  readonly store: KeyValueStore;
  readonly key: string;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Holds requests back after a failure. The back-off is this page's own: a request may have failed because its page
 * ended, and whoever has just mended the shop's settings sees it at the next page. Retry-After is the collector's word
 * to this browser, so it is stored and binds every tab and the pages to come.
 */
export function createRetryGate({ store, key, clock, random }: RetryGateOptions): RetryGate {
  const storedKey = `${storePrefix}retry.${key}`;
  let failures = 0;
  let notBeforeMs = 0;
  return {
    waitMs() {
      // A clock that was set back must not stretch the wait beyond its bound.
      const storedMs = Math.min(Number(store.get(storedKey)) - clock(), retryAfterMaxMs);
      return Math.max(notBeforeMs - clock(), storedMs, 0);
    },
    note(verdict, retryAfter) {
      const isRefused = verdict === "refused";
      const isFailure = isRefused || verdict === "retry";
      failures = isFailure ? failures + 1 : 0;
      notBeforeMs = 0;
      if (!isFailure) return;
      const askedMs = retryAfterMs(retryAfter, clock());
      const maxMs = isRefused ? retryAfterMaxMs : backOffMaxMs;
      notBeforeMs = clock() + askedMs + backOffMs(askedMs > 0 ? 0 : failures, random, maxMs);
      if (askedMs > 0) store.set(storedKey, String(clock() + askedMs));
    },
  };
}
