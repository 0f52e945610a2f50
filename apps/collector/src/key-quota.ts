import { AppError } from "@footfall/base";
import type { Logger, WriteKey } from "@footfall/runtime";
import { TokenBucket } from "./token-bucket.ts";

/** What each key that pages may use can send and leave behind; 0 for no bound. */
export interface KeyQuotaBounds {
  readonly keyEventsPerSecondMax: number;
  /** Of bodies, unpacked. */
  readonly keyBytesPerSecondMax: number;
  /** Of refused events that are kept. */
  readonly keyRejectedBytesPerSecondMax: number;
}

/** Generous for the pages of one shop, and little for a disk. */
export const keyQuotaBounds: KeyQuotaBounds = {
  keyEventsPerSecondMax: 2_000,
  keyBytesPerSecondMax: 4 * 1_048_576,
  keyRejectedBytesPerSecondMax: 256 * 1_024,
};

const burstSeconds = 30;
const rejectedBurstSeconds = 60;

export interface QuotaMetrics {
  /** A request that was answered 429. */
  countQuotaRefusal(tenant: string): void;
  /** A refused event, or body, of which no record is kept. */
  countRejectNotKept(tenant: string): void;
}

export interface KeyQuotaOptions {
  readonly metrics: QuotaMetrics;
  readonly logger: Pick<Logger, "info" | "warn">;
}

/**
 * Bounds what one write key can send and leave behind. A page's key is public: who copies it may not fill the disk or
 * take the time of other shops. Keys of servers are secret, so they have only the bounds of their own entry.
 */
export class KeyQuota {
  readonly #key: WriteKey;
  readonly #options: KeyQuotaOptions;
  readonly #events: TokenBucket | undefined;
  readonly #bytes: TokenBucket | undefined;
  readonly #rejectedBytes: TokenBucket | undefined;
  /** Since the bound was last reached; 0 while all is kept. */
  #rejectsNotKept = 0;

  constructor(key: WriteKey, bounds: KeyQuotaBounds, options: KeyQuotaOptions) {
    this.#key = key;
    this.#options = options;
    const isPageKey = key.origins.length > 0 && !key.isHistoric;
    const bucket = (own: number | undefined, ofPages: number, burst: number): TokenBucket | undefined => {
      const perSecond = own ?? (isPageKey ? ofPages : 0);
      return perSecond === 0 ? undefined : new TokenBucket(perSecond, burst);
    };
    this.#events = bucket(key.eventsPerSecondMax, bounds.keyEventsPerSecondMax, burstSeconds);
    this.#bytes = bucket(key.bytesPerSecondMax, bounds.keyBytesPerSecondMax, burstSeconds);
    this.#rejectedBytes = bucket(
      key.rejectedBytesPerSecondMax,
      bounds.keyRejectedBytesPerSecondMax,
      rejectedBurstSeconds,
    );
  }

  /** @throws AppError EVENT_QUOTA_EXCEEDED (retriable), its context with `retryAfterSeconds` */
  requireRoom(nowMs: number): void {
    const waitMs = Math.max(this.#events?.waitMs(nowMs) ?? 0, this.#bytes?.waitMs(nowMs) ?? 0);
    if (waitMs === 0) return;
    this.#options.metrics.countQuotaRefusal(this.#key.tenant);
    const message = "The write key has sent more than it may. Send the same batch again after Retry-After.";
    const context = { retryAfterSeconds: Math.ceil(waitMs / 1000) };
    throw new AppError("EVENT_QUOTA_EXCEEDED", message, { retriable: true, context });
  }

  /** Counts what `requireRoom` has let in. */
  take(bytes: number, events: number): void {
    this.#bytes?.take(bytes);
    this.#events?.take(events);
  }

  /** Whether the record of one more refused event may be kept; if not, it is counted. */
  keepsReject(nowMs: number): boolean {
    if (this.#rejectedBytes === undefined) return true;
    const { metrics, logger } = this.#options;
    const { key, tenant } = this.#key;
    if (this.#rejectedBytes.waitMs(nowMs) > 0) {
      metrics.countRejectNotKept(tenant);
      this.#rejectsNotKept += 1;
      if (this.#rejectsNotKept === 1) logger.warn({ tenant, key }, "too much is refused: not all of it is kept");
      return false;
    }
    // Not at the first that is kept again: a flood would be told once a second.
    if (this.#rejectsNotKept > 0 && this.#rejectedBytes.isHalfFull()) {
      logger.info({ tenant, key, notKept: this.#rejectsNotKept }, "what is refused is kept again");
      this.#rejectsNotKept = 0;
    }
    return true;
  }

  takeRejected(bytes: number): void {
    this.#rejectedBytes?.take(bytes);
  }
}
