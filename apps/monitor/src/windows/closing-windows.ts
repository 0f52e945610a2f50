import type { Clock } from "@footfall/base";
import { type Lake, metricSamplesTable, metricWindowsTable } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import type { WatermarkOptions } from "@footfall/windows";
import { deleteSamplesBefore } from "../samples/samples-retention.ts";
import { SamplesWatermark } from "../samples/samples-watermark.ts";
import { type DerivedWindows, deriveMetricWindows, type MetricTables } from "./derive-metric-windows.ts";
import { windowsProgress } from "./windows-progress.ts";

export interface ClosingWindowsOptions extends WatermarkOptions {
  readonly log: Pick<EventLog, "offsets">;
  readonly lake: Lake;
  readonly clock: Clock;
  /** Age past which days of samples are deleted. */
  readonly samplesRetentionMs: number;
}

export interface ClosedWindows extends DerivedWindows {
  /** Windows that end at or before it are in the table. -Infinity: none has closed. */
  readonly watermarkMs: number;
  /** Time of the newest sample, which stands still while none come. */
  readonly newestMs: number;
}

const retentionIntervalMs = 3_600_000;

/** Keeps `metric_windows` up to date with `metric_samples`. What it knows is in the tables; a restart loses nothing. */
export class ClosingWindows {
  readonly #options: ClosingWindowsOptions;
  readonly #tables: MetricTables;
  readonly #watermark: SamplesWatermark;
  #retainedAtMs = Number.NEGATIVE_INFINITY;

  private constructor(options: ClosingWindowsOptions, tables: MetricTables, watermark: SamplesWatermark) {
    this.#options = options;
    this.#tables = tables;
    this.#watermark = watermark;
  }

  static async open(options: ClosingWindowsOptions): Promise<ClosingWindows> {
    const { lake } = options;
    const samples = await lake.table(metricSamplesTable);
    const windows = await lake.table(metricWindowsTable);
    const { samplesVersion, watermarkMs } = windowsProgress(await windows.snapshot());
    const watermark = new SamplesWatermark({ ...options, samples }, samplesVersion, watermarkMs);
    return new ClosingWindows(options, { lake, samples, windows }, watermark);
  }

  /** @throws AppError LAKE_WRITER_FENCED  another process moves the table on; as lake and log */
  async advance(): Promise<ClosedWindows> {
    const watermarkMs = await this.#watermark.advance();
    const derived = await deriveMetricWindows(this.#tables, watermarkMs);
    await this.#deleteOldSamples();
    return { ...derived, watermarkMs, newestMs: this.#watermark.newestMs };
  }

  async #deleteOldSamples(): Promise<void> {
    const { clock, samplesRetentionMs } = this.#options;
    if (clock() - this.#retainedAtMs < retentionIntervalMs) return;
    await deleteSamplesBefore(this.#tables.samples, clock() - samplesRetentionMs);
    this.#retainedAtMs = clock();
  }
}
