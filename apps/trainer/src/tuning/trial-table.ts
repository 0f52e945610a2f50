import type { Clock } from "@footfall/base";
import { type Lake, quoteText, tuningTrialsTable } from "@footfall/lake";
import type { RankingMetrics } from "@footfall/similarity/evaluation";
import type { ModelName, ModelParameters } from "@footfall/similarity/models";
import type { Trial } from "@footfall/similarity/tuning";

/** A trial with what is kept of it. */
export interface JudgedTrial extends Trial {
  readonly model: ModelName;
  readonly objective: string;
  readonly metrics: { readonly all: RankingMetrics; readonly novel: RankingMetrics };
  readonly seconds: number;
}

/** The trials of one study, in the lake's table `tuning_trials`. */
export class TrialTable {
  readonly #lake: Lake;
  readonly #study: string;
  readonly #clock: Clock;

  constructor(lake: Lake, study: string, clock: Clock) {
    this.#lake = lake;
    this.#study = study;
    this.#clock = clock;
  }

  /** In the order in which they were tried. */
  async read(): Promise<JudgedTrial[]> {
    await this.#lake.table(tuningTrialsTable);
    type Row = Record<"model" | "parameters" | "objective" | "metrics", string> & { value: number; seconds: number };
    const rows = await this.#lake.query<Row>(
      `SELECT model, parameters, objective, value, metrics, seconds FROM tuning_trials
       WHERE study = ${quoteText(this.#study)} ORDER BY trial`,
    );
    return rows.map(({ model, parameters, metrics, ...row }) => ({
      ...row,
      model: model as ModelName,
      parameters: JSON.parse(parameters) as ModelParameters,
      metrics: JSON.parse(metrics) as JudgedTrial["metrics"],
    }));
  }

  /** @throws AppError LAKE_WRITER_FENCED when another process has tried the same trial of the study meanwhile */
  async add(trial: number, judged: JudgedTrial): Promise<void> {
    const table = await this.#lake.table(tuningTrialsTable);
    const row = {
      study: this.#study,
      trial,
      model: judged.model,
      parameters: JSON.stringify(judged.parameters),
      objective: judged.objective,
      value: judged.value,
      metrics: JSON.stringify(judged.metrics),
      seconds: judged.seconds,
      tried_at: this.#clock(),
    };
    const progressId = `study ${this.#study}`;
    await table.commit({
      add: await this.#lake.writeSmall(table, [row]),
      progress: new Map([[progressId, BigInt(trial + 1)]]),
      expectedProgress: new Map([[progressId, trial === 0 ? undefined : BigInt(trial)]]),
      operation: "append",
    });
  }
}
