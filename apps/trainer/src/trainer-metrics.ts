import { Counter, Gauge, type HealthProblem, type Registry } from "@footfall/runtime";

export interface LastRun {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly tookMs: number;
  readonly result: "succeeded" | "failed" | "stopped";
  /** What failed, by shop. */
  readonly failures: readonly HealthProblem[];
}

export interface TrainerState {
  readonly isRunning: boolean;
  readonly nextRunAtMs: number | undefined;
  readonly lastRun: LastRun | undefined;
  readonly succeededAtMs: number | undefined;
}

export interface TrainerMetrics {
  countRun(result: LastRun["result"]): void;
  countModel(tenant: string, outcome: "published" | "unchanged" | "failed"): void;
}

export function createTrainerMetrics(registry: Registry, state: () => TrainerState): TrainerMetrics {
  const registers = [registry];
  const runs = new Counter({
    name: "footfall_trainer_runs_total",
    help: "Runs of all shops by result: succeeded, failed (one shop at least), stopped.",
    labelNames: ["result"],
    registers,
  });
  const models = new Counter({
    name: "footfall_trainer_models_total",
    help: "Trainings by shop and outcome: published, unchanged (nothing new was learnt), failed.",
    labelNames: ["tenant", "outcome"],
    registers,
  });
  registerGauges(registry, state);
  return {
    countRun: (result) => runs.inc({ result }),
    countModel: (tenant, outcome) => models.inc({ tenant, outcome }),
  };
}

/** Absent where there is nothing to say yet. */
function registerGauges(registry: Registry, state: () => TrainerState): void {
  const register = (noun: string, help: string, value: (state: TrainerState) => number | undefined): void => {
    const gauge = new Gauge({
      name: `footfall_trainer_${noun}`,
      help,
      labelNames: [],
      registers: [],
      collect() {
        const known = value(state());
        if (known === undefined) this.remove();
        else this.set(known);
      },
    });
    // Without labels a gauge begins with a 0 that nobody has measured.
    gauge.remove();
    registry.registerMetric(gauge);
  };
  const seconds = (timeMs: number | undefined): number | undefined => timeMs && timeMs / 1000;
  register("running", "1 while models are learnt.", ({ isRunning }) => (isRunning ? 1 : 0));
  register("next_run_timestamp_seconds", "When models are learnt next.", ({ nextRunAtMs }) => seconds(nextRunAtMs));
  register("last_run_timestamp_seconds", "When the last run ended.", ({ lastRun }) => seconds(lastRun?.endedAtMs));
  register(
    "last_run_duration_seconds",
    "How long the last run took.",
    ({ lastRun }) => lastRun && lastRun.tookMs / 1000,
  );
  register("last_run_failed", "1 where the last run failed for a shop at least, else 0.", ({ lastRun }) =>
    lastRun === undefined ? undefined : lastRun.result === "failed" ? 1 : 0,
  );
  register("last_success_timestamp_seconds", "When the last run ended that failed for no shop.", ({ succeededAtMs }) =>
    seconds(succeededAtMs),
  );
}
