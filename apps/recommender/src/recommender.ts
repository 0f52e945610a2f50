import { type Clock, errorCodeOf, type Random, type TenantId } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { errorCounter, type Logger, type Registry, type Service, type WriteKeys } from "@footfall/runtime";
import { openModelStore } from "@footfall/models";
import type { TrendingItemsOptions, VisitorHistoryOptions } from "@footfall/similarity/serving";
import { CatalogueFollower } from "./catalogue/catalogue-follower.ts";
import type { CatalogueSource } from "./catalogue/catalogues-file.ts";
import { TenantCatalogue } from "./catalogue/tenant-catalogue.ts";
import { clickHealth, followClicks } from "./click-follower.ts";
import { ModelFollower } from "./model-follower.ts";
import { recommenderOpenApi } from "./open-api.ts";
import type { ShopPlacements } from "./placements/placement.ts";
import { recommendationRoute } from "./recommendation-route.ts";
import { recommenderMetrics } from "./recommender-metrics.ts";
import { createTenantStates } from "./tenant-state.ts";

export interface RecommenderOptions extends VisitorHistoryOptions, TrendingItemsOptions {
  readonly log: EventLog;
  /** `<storage>/models`. */
  readonly modelsFolder: string;
  /** Whose tenants are served. */
  readonly keys: WriteKeys;
  /** Answers requests without a key. */
  readonly defaultTenant: TenantId;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
  /** A log that has not answered for longer shows in health. Default 15,000. */
  readonly logSilentAfterMs?: number;
  /** How far back the log is read at the start. Default 24 h. */
  readonly historySpanMs?: number;
  /** Where the shops' catalogues come from; without one a shop has no filters. */
  readonly catalogueSources?: readonly CatalogueSource[];
  /** Items held of each catalogue. Default 1,000,000. */
  readonly catalogueItemsMax?: number;
  /** Defaults and lists by tenant. */
  readonly placements?: ReadonlyMap<string, ShopPlacements>;
}

const dayMs = 24 * 3_600_000;

/**
 * Starts the recommender: the current models are loaded when it resolves, the last clicks are read in the background.
 */
export async function createRecommender(options: RecommenderOptions): Promise<Service> {
  const { log, clock, random, logger, registry, defaultTenant, keys } = options;
  const tenants = new Set([defaultTenant, ...[...keys.values()].map((key) => key.tenant)]);
  const sources = (options.catalogueSources ?? []).filter(({ tenant }) => tenants.has(tenant as TenantId));
  const catalogues = new Map(sources.map(({ tenant, absent }) => [tenant, new TenantCatalogue(absent, options)]));
  const states = createTenantStates(tenants, { ...options, catalogues });
  const count = errorCounter(registry);
  const countError = (error: unknown): void => count("recommender", errorCodeOf(error));
  const metrics = recommenderMetrics(registry, {
    nowMs: clock,
    visitorsHeld: () => [...states.values()].map((state) => [state.tenant, state.history.size] as const),
  });
  const models = [...states.values()].map(
    (state) =>
      new ModelFollower({
        store: openModelStore(options.modelsFolder, state.tenant),
        state,
        logger,
        metrics,
        countError,
      }),
  );
  await Promise.all(models.map((follower) => follower.start()));
  const historySpanMs = options.historySpanMs ?? dayMs;
  const contact = { app: "recommender" as const, clock, registry, silentAfterMs: options.logSilentAfterMs };
  const clicks = followClicks({ log, contact, states, clock, logger, metrics, countError, historySpanMs });
  const followers = sources.map((source) => {
    const catalogue = catalogues.get(source.tenant)!;
    return new CatalogueFollower({ log, contact, source, catalogue, logger, metrics, countError });
  });
  metrics.showLags(
    () => clicks.contact.lags(),
    followers.map((follower) => ({ tenant: follower.tenant, lags: () => follower.lags() })),
  );
  return {
    name: "recommender",
    hotRoutes: [recommendationRoute({ states, keys, defaultTenant, clock, random, metrics, logger, countError })],
    openApi: recommenderOpenApi,
    health: () => [
      ...clickHealth(clicks, states).problems,
      ...models.flatMap((follower) => follower.health()),
      ...followers.flatMap((follower) => follower.health()),
    ],
    warnings: () => [...clickHealth(clicks, states).warnings, ...followers.flatMap((follower) => follower.warnings())],
    stop: async () => {
      for (const follower of models) follower.stop();
      await Promise.all([clicks.stop(), ...followers.map((follower) => follower.stop())]);
    },
  };
}
