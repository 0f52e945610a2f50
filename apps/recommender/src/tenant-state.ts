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

/** Of a shop of which nothing is known yet. */
export function createTenantState(
  tenant: TenantId,
  options: VisitorHistoryOptions & TrendingItemsOptions & Pick<TenantState, "catalogue" | "placements">,
): TenantState {
  const { catalogue, placements } = options;
  const [history, trending] = [new VisitorHistory(options), new TrendingItems(options)];
  return { tenant, served: undefined, history, trending, catalogue, placements };
}
