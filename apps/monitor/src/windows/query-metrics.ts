import { AppError } from "@footfall/base";
import { type Lake, metricWindowsTable } from "@footfall/lake";
import { type MetricPoints, metricWindowSizeMs, parseMetricQuery } from "@footfall/metrics";
import { readMetricSteps } from "./read-metric-steps.ts";
import { windowsProgress } from "./windows-progress.ts";

export interface MetricQuestion {
  /** As `parseMetricQuery` reads it. */
  readonly text: string;
  readonly tenant: string;
  readonly startMs: number;
  readonly endMs: number;
  /** A multiple of 10 s. */
  readonly stepMs: number;
}

/** Steps of a series that are answered at most. */
const stepsMax = 11_000;

/**
 * Values of closed windows of `metric_windows`; steps begin at multiples of their length.
 * @throws AppError REQUEST_INVALID where the question cannot be read or asks for too much
 */
export async function queryMetrics(lake: Lake, question: MetricQuestion): Promise<readonly MetricPoints[]> {
  const { text, tenant, startMs, endMs, stepMs } = question;
  const query = parseMetricQuery(text);
  if (!Number.isInteger(stepMs) || stepMs < metricWindowSizeMs || stepMs % metricWindowSizeMs !== 0) {
    throw new AppError("REQUEST_INVALID", `the step must be a multiple of ${metricWindowSizeMs / 1_000} s`);
  }
  if (!(startMs < endMs && endMs - startMs <= stepsMax * stepMs)) {
    throw new AppError("REQUEST_INVALID", `the range must hold from 1 to ${stepsMax} steps, and end after its start`);
  }
  return readMetricSteps(lake, { query, tenant, startMs: Math.floor(startMs / stepMs) * stepMs, endMs, stepMs });
}

/** Windows that end at or before it are in the table; undefined: none has closed. */
export async function readWatermark(lake: Lake): Promise<number | undefined> {
  if (!(await lake.tableNames()).includes(metricWindowsTable.name)) return undefined;
  const table = await lake.existingTable(metricWindowsTable.name);
  const { watermarkMs } = windowsProgress(await table.snapshot());
  return Number.isFinite(watermarkMs) ? watermarkMs : undefined;
}
