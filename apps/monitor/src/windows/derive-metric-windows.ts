import {
  commitRewrite,
  type DataFile,
  type FileChange,
  type Lake,
  type LakeSnapshot,
  type LakeTable,
  mayHoldTimes,
  quoteText,
  relationSql,
} from "@footfall/lake";
import { counterSpanMs, metricWindows, metricWindowSizeMs as sizeMs } from "@footfall/metrics";
import { windowRowsSql } from "@footfall/windows";
import { keptFromMs } from "../samples/samples-retention.ts";
import { progressChange, windowsProgress } from "./windows-progress.ts";

export interface MetricTables {
  readonly lake: Lake;
  readonly samples: LakeTable;
  readonly windows: LakeTable;
}

export interface DerivedWindows {
  /** Rows written, of windows made again too. */
  readonly rows: number;
  /** Windows made again because of late samples. */
  readonly lateWindows: number;
}

interface DueWindow {
  readonly tenant: string;
  readonly startMs: number;
  readonly isLate: boolean;
}

/**
 * Makes the rows of all windows that end at or before the watermark and are not yet there, and makes those anew that
 * late samples belong to or go on from; in one commit, which says what it includes.
 * @throws AppError LAKE_WRITER_FENCED  another process has moved the table on
 */
export async function deriveMetricWindows(tables: MetricTables, watermarkMs: number): Promise<DerivedWindows> {
  const { samples, windows } = tables;
  const from = windowsProgress(await windows.snapshot());
  const { files: added, version } = await samples.addedSince(from.samplesVersion);
  const to = { samplesVersion: version, watermarkMs: Math.max(from.watermarkMs, watermarkMs) };
  const isSame = from.samplesVersion === to.samplesVersion && from.watermarkMs === to.watermarkMs;
  if (isSame || !Number.isFinite(to.watermarkMs)) return { rows: 0, lateWindows: 0 };
  const source = await samples.snapshot(version);
  const late = await lateWindows(tables, source, added, from.watermarkMs);
  const closing = await closingWindows(tables, source, from.watermarkMs, to.watermarkMs);
  const due = [...late, ...closing];
  const rows = await commitRewrite(windows, progressChange(from, to), (stored) =>
    writeWindows(tables, { source, stored, due }),
  );
  return { rows, lateWindows: late.length };
}

/** Closed windows whose rows change with added samples: their own, and those with a counter's next sample. */
async function lateWindows(
  tables: MetricTables,
  source: LakeSnapshot,
  added: readonly DataFile[],
  closedMs: number,
): Promise<DueWindow[]> {
  const files = added.filter((file) => mayHoldTimes(file, "occurred_at", Number.NEGATIVE_INFINITY, closedMs - 1));
  if (files.length === 0 || !Number.isFinite(closedMs)) return [];
  // Older windows can no longer be made: samples that they need are gone.
  const madeFromMs = keptFromMs(source) + counterSpanMs + sizeMs;
  const rows = await tables.lake.query<Omit<DueWindow, "isLate">>(`
SELECT DISTINCT tenant, own_ms + after * ${sizeMs} AS "startMs"
FROM (SELECT DISTINCT tenant, ${windowStartSql} AS own_ms FROM (${samplesSql(tables, source, files)})),
  range(${Math.ceil(counterSpanMs / sizeMs) + 1}) windows(after)
WHERE own_ms + ${sizeMs} <= ${closedMs} AND own_ms + (after + 1) * ${sizeMs} <= ${closedMs}
  AND own_ms + after * ${sizeMs} >= ${madeFromMs}`);
  return rows.map((row) => ({ ...row, isLate: true }));
}

async function closingWindows(
  tables: MetricTables,
  source: LakeSnapshot,
  fromMs: number,
  toMs: number,
): Promise<DueWindow[]> {
  if (toMs <= fromMs) return [];
  const files = source.files.filter((file) => mayHoldTimes(file, "occurred_at", fromMs - sizeMs, toMs));
  if (files.length === 0) return [];
  const isClosing = [
    `window_start_ms + ${sizeMs} <= ${toMs}`,
    ...(Number.isFinite(fromMs) ? [`window_start_ms + ${sizeMs} > ${fromMs}`] : []),
  ].join(" AND ");
  const rows = await tables.lake.query<Omit<DueWindow, "isLate">>(`
SELECT DISTINCT tenant, window_start_ms AS "startMs"
FROM (SELECT tenant, ${windowStartSql} AS window_start_ms FROM (${samplesSql(tables, source, files)})) WHERE ${isClosing}`);
  return rows.map((row) => ({ ...row, isLate: false }));
}

async function writeWindows(
  { lake, samples, windows }: MetricTables,
  { source, stored, due }: { source: LakeSnapshot; stored: LakeSnapshot; due: readonly DueWindow[] },
): Promise<FileChange> {
  if (due.length === 0) return { add: [], remove: [] };
  const dueSql = `SELECT * FROM (VALUES ${due
    .map(({ tenant, startMs }) => `(${quoteText(tenant)}, ${startMs}::BIGINT)`)
    .join(", ")}) AS due(tenant, window_start_ms)`;
  const [firstMs, lastMs] = spanOf(due);
  const files = source.files.filter((file) =>
    mayHoldTimes(file, "occurred_at", firstMs - counterSpanMs - sizeMs, lastMs + sizeMs - 1),
  );
  const add = [
    ...(await lake.writeBulk(windows, {
      sql: `WITH due AS MATERIALIZED (${dueSql}), source AS (${relationSql(samples.folder, source.schema, files)})
${windowRowsSql(metricWindows, { events: "source", windows: "due" })}`,
    })),
  ];
  const late = due.filter(({ isLate }) => isLate);
  const remove = late.length === 0 ? [] : filesOf(stored, late);
  if (remove.length > 0) {
    const keptSql = `WITH due AS MATERIALIZED (${dueSql})
SELECT * EXCLUDE (window_start_ms) FROM (
  SELECT * REPLACE (make_timestamp(epoch_us(window_start)) AS window_start,
    make_timestamp(epoch_us(window_end)) AS window_end), epoch_ms(window_start) AS window_start_ms
  FROM (${relationSql(windows.folder, stored.schema, remove)})
) ANTI JOIN due USING (tenant, window_start_ms)`;
    add.push(...(await lake.writeBulk(windows, { sql: keptSql })));
  }
  return { add, remove };
}

/** Files that may hold rows of the windows. */
function filesOf({ files }: LakeSnapshot, windows: readonly DueWindow[]): DataFile[] {
  const [firstMs, lastMs] = spanOf(windows);
  const tenants = new Set(windows.map(({ tenant }) => tenant));
  return files.filter(
    (file) => tenants.has(file.partition["tenant"]!) && mayHoldTimes(file, "window_start", firstMs, lastMs),
  );
}

function spanOf(windows: readonly DueWindow[]): readonly [firstMs: number, lastMs: number] {
  return windows.reduce<readonly [number, number]>(
    ([first, last], { startMs }) => [Math.min(first, startMs), Math.max(last, startMs)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

/** Samples are never older than 1970. */
const windowStartSql = `sampled_at_ms - sampled_at_ms % ${sizeMs}`;

function samplesSql({ samples }: MetricTables, source: LakeSnapshot, files: readonly DataFile[]): string {
  return relationSql(samples.folder, source.schema, files);
}
