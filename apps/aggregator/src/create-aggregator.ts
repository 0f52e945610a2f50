import { type Clock, errorCodeOf, isRetriable } from "@footfall/base";
import type { Lake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import { errorCounter, type HealthProblem, type Logger, type Registry, type Service } from "@footfall/runtime";
import { openAggregationLake } from "./aggregation-lake.ts";
import { type AggregatorMetrics, createAggregatorMetrics } from "./aggregator-metrics.ts";
import { ClickFollower, type FollowOptions } from "./click-follower.ts";

export interface AggregatorOptions {
  readonly log: EventLog;
  readonly lake: Lake;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Consumer group. Default `aggregator`. */
  readonly group?: string;
  /** Time between two commits. Default 1000. */
  readonly commitIntervalMs?: number;
  /** Events that bring a commit forward. Default 50,000. */
  readonly commitEventsMax?: number;
  /** Shortest time between two commits of sessions, and of what late events touch. Default 5000. */
  readonly deriveIntervalMs?: number;
  /** A partition without waiting records for this long no longer holds the watermark back. Default 10,000. */
  readonly idleTimeoutMs?: number;
  /** How much event times may be out of order before they are late. Default 10,000. */
  readonly outOfOrderMs?: number;
  /** Event ids held in memory, of 33 to 67 bytes each; older ones are looked up in the lake. Default 4,000,000. */
  readonly knownEventIdsMax?: number;
  /** With more records waiting than this, windows are made by SQL, not in memory. Default 200,000. */
  readonly backlogRecordsMin?: number;
  /** Rows of `item_windows` held open. Default 500,000. */
  readonly openWindowRowsMax?: number;
  /** Rows of open sessions held in memory; beyond it they are read back from the lake. Default 400,000. */
  readonly openSessionRowsMax?: number;
  /** Sessions held open. Default 1,000,000. */
  readonly openSessionsMax?: number;
}

const retryFirstMs = 50;
const retryMaxMs = 5_000;

/** Starts the aggregator: topic `clicks` into the tables `events`, `item_windows` and `sessions`. */
export async function createAggregator(options: AggregatorOptions): Promise<Service> {
  const aggregator = new Aggregator(options);
  aggregator.start();
  return { name: "aggregator", health: () => aggregator.health(), stop: () => aggregator.stop() };
}

class Aggregator {
  readonly #options: AggregatorOptions;
  readonly #metrics: AggregatorMetrics;
  readonly #countError: ReturnType<typeof errorCounter>;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #problem: HealthProblem | undefined = {
    code: "LOG_CATCHING_UP",
    message: "The aggregator has not committed yet. Wait, or look into its log.",
  };

  constructor(options: AggregatorOptions) {
    this.#options = options;
    this.#metrics = createAggregatorMetrics(options.registry);
    this.#countError = errorCounter(options.registry);
  }

  start(): void {
    this.#running = this.#run();
  }

  health(): readonly HealthProblem[] {
    return this.#problem ? [this.#problem] : [];
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Follows the log until stopped. Whatever ends that, it begins anew with the state that the lake holds. */
  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve());
    });
    for (let failures = 0; !signal.aborted;) {
      const startMs = performance.now();
      let follower: ClickFollower | undefined;
      try {
        follower = new ClickFollower(await this.#followOptions());
        await follower.start();
        await Promise.race([follower.failed, stopped]);
        await follower.stop();
      } catch (error) {
        failures = performance.now() - startMs > retryMaxMs ? 1 : failures + 1;
        this.#report(error, "following the log ended; it begins anew from the lake");
        this.#metrics.restarted();
        await follower?.stop().catch(() => {});
        await this.#pause(failures);
      }
    }
  }

  async #followOptions(): Promise<FollowOptions> {
    const { log, lake, clock, ...options } = this.#options;
    return {
      log,
      clock,
      tables: await openAggregationLake(lake),
      metrics: this.#metrics,
      group: options.group ?? "aggregator",
      commitIntervalMs: options.commitIntervalMs ?? 1_000,
      commitEventsMax: options.commitEventsMax ?? 50_000,
      deriveIntervalMs: options.deriveIntervalMs ?? 5_000,
      idleTimeoutMs: options.idleTimeoutMs ?? 10_000,
      outOfOrderMs: options.outOfOrderMs ?? 10_000,
      knownEventIdsMax: options.knownEventIdsMax ?? 4_000_000,
      backlogRecordsMin: options.backlogRecordsMin ?? 200_000,
      bounds: {
        openAggregatesMax: options.openWindowRowsMax ?? 500_000,
        openRowsMax: options.openSessionRowsMax ?? 400_000,
        openSessionsMax: options.openSessionsMax ?? 1_000_000,
      },
      persist: (what, work) => this.#persist(what, work),
      onCommitted: () => {
        this.#problem = undefined;
      },
    };
  }

  /**
   * Tries until it works: a full disk or a lost broker must cost nothing but time. Nothing is acknowledged meanwhile.
   */
  async #persist<T>(what: string, work: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures += 1) {
      const startMs = performance.now();
      try {
        const result = await work();
        this.#metrics.commitSeconds(what, (performance.now() - startMs) / 1000);
        return result;
      } catch (error) {
        if (!isRetriable(error) || this.#stopping.signal.aborted) throw error;
        this.#report(error, `${what} cannot be stored; trying again`);
        await this.#pause(failures);
      }
    }
  }

  #report(error: unknown, message: string): void {
    const code = errorCodeOf(error);
    this.#countError("aggregator", code);
    this.#problem = { code, message: `${message}: ${error instanceof Error ? error.message : String(error)}` };
    this.#options.logger.warn({ error }, message);
  }

  async #pause(failures: number): Promise<void> {
    const { signal } = this.#stopping;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(retryMaxMs, retryFirstMs * 2 ** failures));
      signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    });
  }
}
