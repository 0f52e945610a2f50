import { type Clock, errorCodeOf, type Random, type TenantId } from "@footfall/base";
import { errorCounter, type Registry, type Service, type WriteKeys } from "@footfall/runtime";
import { clickHealth, followClicks } from "./click-follower.ts";
import { recommenderOpenApi } from "./open-api.ts";
import { recommendationRoute } from "./recommendation-route.ts";
import { recommenderMetrics } from "./recommender-metrics.ts";
import { Shops, type ShopsOptions } from "./shops.ts";
import type { TenantState } from "./tenant-state.ts";

export interface RecommenderOptions extends ShopsOptions {
  /** Whose tenants are served; may change while the recommender runs. */
  readonly keys: WriteKeys;
  /** Has a listener called after each change of the keys. Without it their tenants stay those of the start. */
  readonly onKeysChange?: (listener: () => void) => void;
  /** Answers requests without a key. */
  readonly defaultTenant: TenantId;
  readonly clock: Clock;
  readonly random: Random;
  readonly registry: Registry;
  /** A log that has not answered for longer shows in health. Default 15,000. */
  readonly logSilentAfterMs?: number;
  /** How far back the log is read at the start. Default 24 h. */
  readonly historySpanMs?: number;
}

const dayMs = 24 * 3_600_000;

/**
 * Starts the recommender: the current models are loaded when it resolves, the last clicks are read in the background.
 */
export async function createRecommender(options: RecommenderOptions): Promise<Service> {
  const { log, clock, random, logger, registry, defaultTenant, keys } = options;
  const count = errorCounter(registry);
  const countError = (error: unknown): void => count("recommender", errorCodeOf(error));
  const states = new Map<TenantId, TenantState>();
  const metrics = recommenderMetrics(registry, {
    nowMs: clock,
    visitorsHeld: () => [...states.values()].map((state) => [state.tenant, state.history.size] as const),
    liveSessions: () => [...states.values()].map((state) => [state.tenant, state.live.size] as const),
  });
  const contact = { app: "recommender" as const, clock, registry, silentAfterMs: options.logSilentAfterMs };
  const shops = new Shops(options, { states, contact, metrics, countError });
  const openShops = (): Promise<void> => shops.open([defaultTenant, ...[...keys.values()].map((key) => key.tenant)]);
  await openShops();
  options.onKeysChange?.(() => void openShops());
  const historySpanMs = options.historySpanMs ?? dayMs;
  const clicks = followClicks({ log, contact, states, clock, logger, metrics, countError, historySpanMs });
  metrics.showLags(
    () => clicks.contact.lags(),
    () => shops.catalogueLags(),
  );
  return {
    name: "recommender",
    hotRoutes: [recommendationRoute({ states, keys, defaultTenant, clock, random, metrics, logger, countError })],
    openApi: recommenderOpenApi,
    health: () => [...clickHealth(clicks, states).problems, ...shops.health()],
    warnings: () => [...clickHealth(clicks, states).warnings, ...shops.warnings()],
    stop: async () => void (await Promise.all([clicks.stop(), shops.stop()])),
  };
}
