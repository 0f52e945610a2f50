import type { TenantId } from "@footfall/base";
import type { WriteKeys } from "@footfall/runtime";
import { KeyQuota, type KeyQuotaBounds, type KeyQuotaOptions } from "./key-quota.ts";
import type { EventSource } from "./receive-events.ts";
import { RecentEventIds } from "./recent-event-ids.ts";
import { ScannersByKey } from "./scanners-by-key.ts";

export interface EventSourceBounds extends KeyQuotaBounds {
  readonly recentEventIdsMax: number;
}

/**
 * What the collector remembers by write key, for the keys that there are now. A key that is exchanged for another
 * entry gets a quota anew. Ids are remembered by shop, so that one shop's events cannot pass for another's repeats.
 */
export class EventSources {
  readonly #keys: WriteKeys;
  readonly #bounds: EventSourceBounds;
  readonly #quotaOptions: KeyQuotaOptions;
  readonly #scanners = new ScannersByKey();
  readonly #sources = new Map<string, EventSource>();
  readonly #recentIds = new Map<TenantId, RecentEventIds>();

  constructor(keys: WriteKeys, bounds: EventSourceBounds, quotaOptions: KeyQuotaOptions) {
    this.#keys = keys;
    this.#bounds = bounds;
    this.#quotaOptions = quotaOptions;
  }

  get(text: string): EventSource | undefined {
    const key = this.#keys.get(text);
    const known = this.#sources.get(text);
    if (known !== undefined && known.key === key) return known;
    if (key === undefined) {
      if (known !== undefined) this.#sources.delete(text);
      return undefined;
    }
    const source: EventSource = {
      key,
      quota: new KeyQuota(key, this.#bounds, this.#quotaOptions),
      recentIds: this.#recentIdsOf(key.tenant),
      scanner: () => this.#scanners.of(text),
    };
    this.#sources.set(text, source);
    return source;
  }

  #recentIdsOf(tenant: TenantId): RecentEventIds {
    let ids = this.#recentIds.get(tenant);
    if (ids === undefined) {
      const tenants = new Set([...this.#keys.values()].map((key) => key.tenant)).size;
      ids = new RecentEventIds(this.#bounds.recentEventIdsMax / tenants);
      this.#recentIds.set(tenant, ids);
    }
    return ids;
  }
}
