import type { TenantId } from "@footfall/base";
import {
  type ServedModel,
  type ServingState,
  TrendingItems,
  type TrendingItemsOptions,
  VisitorHistory,
  type VisitorHistoryOptions,
} from "@footfall/similarity/serving";

/** What is held of one shop: its model, and what its visitors did lately. */
export interface TenantState extends ServingState {
  readonly tenant: TenantId;
  /** Undefined until a model is published. Replaced as a whole, between two requests. */
  served: ServedModel | undefined;
}

export type TenantStates = ReadonlyMap<TenantId, TenantState>;

export function createTenantStates(
  tenants: Iterable<TenantId>,
  options: VisitorHistoryOptions & TrendingItemsOptions,
): TenantStates {
  const states = new Map<TenantId, TenantState>();
  for (const tenant of tenants) {
    const history = new VisitorHistory(options);
    states.set(tenant, { tenant, served: undefined, history, trending: new TrendingItems(options) });
  }
  return states;
}
