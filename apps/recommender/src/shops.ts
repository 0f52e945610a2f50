import type { TenantId } from "@footfall/base";
import type { ContactOptions } from "@footfall/ingest";
import type { EventLog } from "@footfall/log";
import { openModelStore } from "@footfall/models";
import type { HealthProblem, Logger } from "@footfall/runtime";
import type { LiveSessionsOptions, TrendingItemsOptions, VisitorHistoryOptions } from "@footfall/similarity/serving";
import { CatalogueFollower } from "./catalogue/catalogue-follower.ts";
import type { CatalogueSource } from "./catalogue/catalogues-file.ts";
import { TenantCatalogue } from "./catalogue/tenant-catalogue.ts";
import { ModelFollower } from "./model-follower.ts";
import type { ShopPlacements } from "./placements/placement.ts";
import type { RecommenderMetrics } from "./recommender-metrics.ts";
import { createTenantState, type TenantState } from "./tenant-state.ts";

export interface ShopsOptions extends VisitorHistoryOptions, TrendingItemsOptions, LiveSessionsOptions {
  readonly log: EventLog;
  /** `<storage>/models`. */
  readonly modelsFolder: string;
  readonly logger: Logger;
  /** Where the shops' catalogues come from; without one a shop has no filters. */
  readonly catalogueSources?: readonly CatalogueSource[];
  /** Items held of each catalogue. Default 1,000,000. */
  readonly catalogueItemsMax?: number;
  /** Defaults and lists by tenant. */
  readonly placements?: ReadonlyMap<string, ShopPlacements>;
}

interface ShopsParts {
  /** Filled as shops are opened. */
  readonly states: Map<TenantId, TenantState>;
  readonly contact: ContactOptions;
  readonly metrics: RecommenderMetrics;
  readonly countError: (error: unknown) => void;
}

/** The shops that are served: each one's state, and what follows its model and its catalogue. */
export class Shops {
  readonly #options: ShopsOptions;
  readonly #parts: ShopsParts;
  readonly #models: ModelFollower[] = [];
  readonly #catalogues: CatalogueFollower[] = [];
  #isStopped = false;

  constructor(options: ShopsOptions, parts: ShopsParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /**
   * Opens those that are not open yet. Resolves when the current model of each is served; its visitors' clicks are
   * known from then on. A shop whose keys are gone stays open, and nobody can ask for it.
   */
  async open(tenants: Iterable<TenantId>): Promise<void> {
    const added = [...new Set(tenants)].filter((tenant) => !this.#parts.states.has(tenant));
    if (this.#isStopped) return;
    await Promise.all(added.map((tenant) => this.#open(tenant)));
  }

  health(): HealthProblem[] {
    return [...this.#models, ...this.#catalogues].flatMap((follower) => follower.health());
  }

  warnings(): HealthProblem[] {
    return this.#catalogues.flatMap((follower) => follower.warnings());
  }

  /** What waits of each catalogue's topic. */
  catalogueLags() {
    return this.#catalogues.map((follower) => ({ tenant: follower.tenant, lags: () => follower.lags() }));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const follower of this.#models) follower.stop();
    await Promise.all(this.#catalogues.map((follower) => follower.stop()));
  }

  async #open(tenant: TenantId): Promise<void> {
    const { log, logger, modelsFolder, catalogueSources = [], placements } = this.#options;
    const { states, contact, metrics, countError } = this.#parts;
    const sources = catalogueSources.filter((source) => source.tenant === tenant);
    const [catalogue] = sources.map(({ absent }) => new TenantCatalogue(absent, this.#options));
    const state = createTenantState(tenant, { ...this.#options, catalogue, placements: placements?.get(tenant) });
    states.set(tenant, state);
    const common = { logger, metrics, countError };
    const model = new ModelFollower({ ...common, store: openModelStore(modelsFolder, tenant), state });
    this.#models.push(model);
    for (const source of sources) {
      this.#catalogues.push(new CatalogueFollower({ ...common, log, contact, source, catalogue: catalogue! }));
    }
    await model.start();
    if (this.#isStopped) model.stop();
  }
}
