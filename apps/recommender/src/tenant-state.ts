import type { TenantId } from "@footfall/base";
import {
  type ServedModel,
  type ServingState,
  TrendingItems,
  type TrendingItemsOptions,
  VisitorHistory,
  type VisitorHistoryOptions,
} from "@footfall/similarity/serving";
import type { TenantCatalogue } from "./catalogue/tenant-catalogue.ts";
import type { ShopPlacements } from "./placements/placement.ts";

/** What is held of one shop: its model, and what its visitors did lately. */
export interface TenantState extends ServingState {
  readonly tenant: TenantId;
  /** Undefined until a model is published. Replaced as a whole, between two requests. */
  served: ServedModel | undefined;
  /** Undefined where the shop's table is not followed. */
  readonly catalogue: TenantCatalogue | undefined;
  /** Undefined where the file of placements does not name the shop. */
  readonly placements: ShopPlacements | undefined;
}

export type TenantStates = ReadonlyMap<TenantId, TenantState>;

interface TenantRules {
  readonly catalogues?: ReadonlyMap<string, TenantCatalogue>;
  readonly placements?: ReadonlyMap<string, ShopPlacements>;
}

export function createTenantStates(
  tenants: Iterable<TenantId>,
  options: VisitorHistoryOptions & TrendingItemsOptions & TenantRules,
): TenantStates {
  const states = new Map<TenantId, TenantState>();
  for (const tenant of tenants) {
    const history = new VisitorHistory(options);
    const trending = new TrendingItems(options);
    const catalogue = options.catalogues?.get(tenant);
    states.set(tenant, {
      tenant,
      served: undefined,
      history,
      trending,
      catalogue,
      placements: options.placements?.get(tenant),
    });
  }
  return states;
}
