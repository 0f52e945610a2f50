import { AppError, errorCodeOf } from "@footfall/base";
import type { HealthProblem, Logger } from "@footfall/runtime";
import type { ModelPointer, ModelStore } from "@footfall/models";
import type { SimilarityModel } from "@footfall/similarity";
import { ServedModel } from "@footfall/similarity/serving";
import type { RecommenderMetrics } from "./recommender-metrics.ts";
import type { TenantState } from "./tenant-state.ts";

export interface ModelFollowerOptions {
  readonly store: ModelStore;
  readonly state: TenantState;
  readonly logger: Logger;
  readonly metrics: RecommenderMetrics;
  readonly countError: (error: unknown) => void;
}

/**
 * Serves one tenant's current model: loads it, then watches the pointer. A new model takes over between two requests,
 * when it is read, verified and ready; one that cannot be read leaves the model before it in place.
 */
export class ModelFollower {
  readonly #options: ModelFollowerOptions;
  #failure: unknown;
  #endWatch: (() => void) | undefined;

  constructor(options: ModelFollowerOptions) {
    this.#options = options;
  }

  /** Resolves when the current model is served, or was found missing or corrupt. */
  async start(): Promise<void> {
    const { store } = this.#options;
    try {
      const pointer = await store.current();
      if (pointer) await this.#take(pointer);
    } catch (error) {
      this.#fail(error);
    }
    this.#endWatch = store.watch((pointer) => this.#take(pointer), { onError: (error) => this.#fail(error) });
  }

  health(): readonly HealthProblem[] {
    if (this.#failure === undefined) return [];
    const { served, tenant } = this.#options.state;
    const instead = served.model ? `model ${served.model.version} is served on` : "there is no model to serve instead";
    const reason = this.#failure instanceof Error ? this.#failure.message : String(this.#failure);
    return [{ code: errorCodeOf(this.#failure), message: `Tenant ${tenant}: ${reason} Meanwhile ${instead}.` }];
  }

  stop(): void {
    this.#endWatch?.();
  }

  async #take(pointer: ModelPointer): Promise<void> {
    const { store, state, logger, metrics } = this.#options;
    if (state.served.model?.version === pointer.modelVersion) {
      this.#failure = undefined;
      return;
    }
    let model: SimilarityModel;
    try {
      model = await store.read(pointer.modelVersion);
    } catch (error) {
      // What is damaged stays so: reading it again twice a second would help nobody. Anything else is tried again.
      if (!(error instanceof AppError && (error.code === "MODEL_CORRUPT" || error.code === "MODEL_NOT_FOUND")))
        throw error;
      this.#fail(error);
      return;
    }
    state.served = new ServedModel(model, state.live);
    this.#failure = undefined;
    const { version, manifest } = model;
    metrics.setModel(state.tenant, version, manifest.trainedUntilMs);
    metrics.countModelSwap(state.tenant);
    logger.info({ tenant: state.tenant, modelVersion: version, sizes: manifest.sizes }, "serving a model");
  }

  /** Counted and logged once per fault, however often the watch meets it. */
  #fail(error: unknown): void {
    const { state, logger, metrics, countError } = this.#options;
    const isKnown = this.#failure instanceof Error && error instanceof Error && this.#failure.message === error.message;
    this.#failure = error;
    if (isKnown) return;
    metrics.countModelFailure(state.tenant);
    countError(error);
    logger.error({ error, tenant: state.tenant }, "a model could not be loaded");
  }
}
