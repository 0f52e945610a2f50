import { type Clock, errorCodeOf } from "@footfall/base";
import { errorCounter, type HealthProblem, type Logger, type Registry, type Service } from "@footfall/runtime";
import type { Schedule } from "./schedule.ts";
import type { ShopTraining } from "./train-shops.ts";
import { createTrainerMetrics, type LastRun } from "./trainer-metrics.ts";

export interface TrainerOptions {
  readonly schedule: Schedule;
  /** Learns the models of all shops; ends early by the signal. */
  readonly run: (signal: AbortSignal) => Promise<readonly ShopTraining[]>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

/** A clock may be set, and a machine may sleep: the time is looked at this often at least. */
const lookIntervalMs = 30_000;

/** Learns models by the schedule, one run at a time. A run that fails is told, and the next one is tried as well. */
export function createTrainer(options: TrainerOptions): Service {
  const training = new ScheduledTraining(options);
  training.start();
  return {
    name: "trainer",
    health: () => [],
    // The models from before are served on.
    warnings: () => training.lastRun?.failures ?? [],
    details: () => training.details(),
    stop: () => training.stop(),
  };
}

class ScheduledTraining {
  readonly #options: TrainerOptions;
  readonly #stopping = new AbortController();
  readonly #metrics: ReturnType<typeof createTrainerMetrics>;
  readonly #countError: ReturnType<typeof errorCounter>;
  #nextRunAtMs: number | undefined;
  #succeededAtMs: number | undefined;
  /** Never rejects. */
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  lastRun: LastRun | undefined;

  constructor(options: TrainerOptions) {
    this.#options = options;
    this.#countError = errorCounter(options.registry);
    this.#metrics = createTrainerMetrics(options.registry, () => ({
      isRunning: this.#running !== undefined,
      nextRunAtMs: this.#nextRunAtMs,
      lastRun: this.lastRun,
      succeededAtMs: this.#succeededAtMs,
    }));
  }

  start(): void {
    const { schedule, clock, logger } = this.#options;
    this.#nextRunAtMs = schedule.nextAfter(clock());
    if (this.#nextRunAtMs === undefined) logger.warn("the schedule names no time to come; nothing will be learnt");
    else logger.info({ nextRun: isoOf(this.#nextRunAtMs) }, "waiting for the next run");
    this.#wait();
  }

  details(): Readonly<Record<string, unknown>> {
    const { lastRun } = this;
    return {
      isRunning: this.#running !== undefined,
      nextRun: this.#nextRunAtMs === undefined ? null : isoOf(this.#nextRunAtMs),
      lastRun: lastRun && {
        startedAt: isoOf(lastRun.startedAtMs),
        seconds: lastRun.tookMs / 1000,
        result: lastRun.result,
      },
    };
  }

  /** A run under way ends without publishing what it has not published yet. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stopping.abort(new Error("the trainer is stopping; the served models are unchanged"));
    await this.#running;
  }

  #wait(): void {
    if (this.#stopping.signal.aborted || this.#nextRunAtMs === undefined) return;
    const waitMs = Math.min(lookIntervalMs, Math.max(0, this.#nextRunAtMs - this.#options.clock()));
    this.#timer = setTimeout(() => this.#look(), waitMs);
  }

  #look(): void {
    const { schedule, clock } = this.#options;
    if (clock() < this.#nextRunAtMs!) return this.#wait();
    this.#running = this.#run().then(() => {
      this.#running = undefined;
      // What was due meanwhile is left out.
      this.#nextRunAtMs = schedule.nextAfter(clock());
      this.#wait();
    });
  }

  async #run(): Promise<void> {
    const { run, clock, logger } = this.#options;
    const { signal } = this.#stopping;
    const startedAtMs = clock();
    const start = performance.now();
    logger.info("learning the models of all shops");
    let failures: readonly HealthProblem[];
    try {
      const results = await run(signal);
      failures = results.flatMap((result) => this.#note(result));
    } catch (error) {
      failures = signal.aborted ? [] : [this.#noteFailure(error, "No shop's model was learnt")];
    }
    const result = failures.length > 0 ? "failed" : signal.aborted ? "stopped" : "succeeded";
    const tookMs = Math.round(performance.now() - start);
    this.lastRun = { startedAtMs, endedAtMs: clock(), tookMs, result, failures };
    if (result === "succeeded") this.#succeededAtMs = clock();
    this.#metrics.countRun(result);
    logger.info({ result, tookMs }, "the run has ended");
  }

  #note(training: ShopTraining): HealthProblem[] {
    const { tenant } = training;
    if ("error" in training) {
      this.#metrics.countModel(tenant, "failed");
      return [this.#noteFailure(training.error, `The model of ${tenant} was not learnt`)];
    }
    const { outcome, modelVersion, lakeVersion, seconds, bytes } = training.report;
    this.#metrics.countModel(tenant, outcome);
    this.#options.logger.info({ tenant, outcome, modelVersion, lakeVersion, seconds, bytes }, "a model was learnt");
    return [];
  }

  #noteFailure(error: unknown, what: string): HealthProblem {
    const code = errorCodeOf(error);
    this.#countError("trainer", code);
    this.#options.logger.error({ error }, what);
    const reason = error instanceof Error ? error.message : String(error);
    const message = `${what} at ${isoOf(this.#options.clock())}, it is tried again at the next run: ${reason}`;
    return { code, message };
  }
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
