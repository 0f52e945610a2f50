import type { TenantId } from "@footfall/base";
import {
  LiveSessions,
  type LiveSessionsOptions,
  ServedModel,
  type ServingState,
  TrendingItems,
  type TrendingItemsOptions,
  UserProfiles,
  VisitorHistory,
  type VisitorHistoryOptions,
} from "@footfall/similarity/serving";
import type { TenantCatalogue } from "./catalogue/tenant-catalogue.ts";
import type { ShopPlacements } from "./placements/placement.ts";

/** What is held of one shop: its model, and what its visitors did lately. */
export interface TenantState extends ServingState {
  readonly tenant: TenantId;
  readonly users: UserProfiles;
  /** Sessions of the last hours, beside those that the served model has learnt from. */
  readonly live: LiveSessions;
  /** Without a model until one is published. Replaced as a whole, between two requests. */
  served: ServedModel;
  /** Undefined where the shop's table is not followed. */
  readonly catalogue: TenantCatalogue | undefined;
  /** Undefined where the file of placements does not name the shop. */
  readonly placements: ShopPlacements | undefined;
}

export type TenantStates = ReadonlyMap<TenantId, TenantState>;

/** Of a shop of which nothing is known yet. */
export function createTenantState(
  tenant: TenantId,
  options: VisitorHistoryOptions &
    TrendingItemsOptions &
    LiveSessionsOptions &
    Pick<TenantState, "catalogue" | "placements">,
): TenantState {
  const { catalogue, placements } = options;
  const live = new LiveSessions(options);
  return {
    tenant,
    live,
    served: new ServedModel(undefined, live),
    history: new VisitorHistory(options),
    users: new UserProfiles(options),
    trending: new TrendingItems(options),
    catalogue,
    placements,
  };
}
