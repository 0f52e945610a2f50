import { dateOf } from "@footfall/base";
import { type ItemWindow, itemWindows as declared, windowRowsSql, windowSizeMs } from "@footfall/windows";
import { type DataFile, type FileChange, type LakeSnapshot, mayHoldTimes, type PartitionValues } from "@footfall/lake";
import { withCountedEvents } from "./counted-events.ts";
import { commitFunctionOfEvents, type DerivedMove } from "./commit-derived.ts";
import { type AggregationLake, filesSql, withStagedRows } from "../aggregation-lake.ts";
import { isHourWithin, type TimeRange, timeSlices } from "./event-hours.ts";
import { isSameProgress } from "./derived-progress.ts";
import { lakeRowOf, stagedRowsSql } from "./window-rows.ts";

/** So many rows of closed windows are still written by parquetjs-lite; more are faster in bulk. */
const smallRowsMax = 2000;
/** Rows of `events` that are aggregated in one go; groups are held in memory, so more would take more of it. */
const sliceRowsMax = 500_000;

export interface ItemWindowsChange extends DerivedMove {
  /** Windows that have just closed. */
  readonly rows: readonly ItemWindow[];
  /** SELECT of minutes (tenant, window_start_ms) whose rows are to be recomputed from `events`. */
  readonly minutesSql: string | undefined;
  /** Where the minutes lie, if that is known without running the SQL; each range within a day. */
  readonly ranges?: readonly TimeRange[];
}

/**
 * Commits closed windows, and replaces the rows of minutes that late events belong to (an upsert by copy-on-write).
 * @returns rows written
 * @throws AppError LAKE_WRITER_FENCED  another process has moved the table on
 */
export async function commitItemWindows(tables: AggregationLake, change: ItemWindowsChange): Promise<number> {
  if (change.rows.length === 0 && change.minutesSql === undefined && isSameProgress(change.from, change.to)) return 0;
  return commitFunctionOfEvents(tables.itemWindows, change, (stored) => writeChange(tables, change, stored));
}

async function writeChange(
  tables: AggregationLake,
  { rows, minutesSql, ranges }: ItemWindowsChange,
  stored: LakeSnapshot,
): Promise<FileChange> {
  const { lake, itemWindows } = tables;
  const spans = minutesSql === undefined ? [] : (ranges ?? (await minuteSpans(tables, minutesSql)));
  if (spans.length === 0) {
    if (rows.length === 0) return { add: [], remove: [] };
    if (rows.length <= smallRowsMax) {
      return {
        add: await lake.writeSmall(
          itemWindows,
          rows.map((row) => lakeRowOf(declared, row)),
        ),
        remove: [],
      };
    }
    const add = await withStagedRows(tables, rows, (path) =>
      lake.writeBulk(itemWindows, { sql: stagedRowsSql(declared, path) }),
    );
    return { add, remove: [] };
  }
  const events = await tables.events.snapshot();
  const remove = stored.files.filter((file) => isTouched(file, "window_start", spans));
  const source = events.files.filter((file) => isTouched(file, "occurred_at", spans));
  const add: DataFile[] = [];
  await withCountedEvents(tables, events, source, async (countedSql) => {
    for (const slice of timeSlices(source, sliceRowsMax)) {
      const files = source.filter((file) => isHourWithin(file, slice.firstMs, slice.lastMs));
      const sql = `
WITH minutes AS MATERIALIZED (
  SELECT * FROM (${minutesSql}) WHERE window_start_ms BETWEEN ${slice.firstMs} AND ${slice.lastMs}
),
source AS (${countedSql(files)})
${windowRowsSql(declared, { events: "source", windows: "minutes" })}`;
      const partition = onlyPartition(files, slice.firstMs, slice.lastMs);
      add.push(...(await lake.writeBulk(itemWindows, { sql, ...(partition && { partition }) })));
    }
  });
  if (remove.length > 0) {
    add.push(...(await lake.writeBulk(itemWindows, { sql: keptSql(tables, stored, remove, minutesSql!) })));
  }
  if (rows.length > 0) {
    const write = (path: string) => lake.writeBulk(itemWindows, { sql: stagedRowsSql(declared, path) });
    add.push(...(await withStagedRows(tables, rows, write)));
  }
  return { add, remove };
}

/** The partition of all minutes of a slice, where it is one. */
function onlyPartition(source: readonly DataFile[], firstMs: number, lastMs: number): PartitionValues | undefined {
  const tenants = new Set(source.map((file) => file.partition["tenant"]!));
  const [tenant] = tenants;
  return tenant !== undefined && tenants.size === 1 && dateOf(firstMs) === dateOf(lastMs)
    ? { tenant, date: dateOf(firstMs) }
    : undefined;
}

/** First and last minute of each tenant and day. */
async function minuteSpans({ lake }: AggregationLake, minutesSql: string): Promise<readonly TimeRange[]> {
  return lake.query<TimeRange>(`
SELECT tenant, min(window_start_ms)::DOUBLE AS "firstMs", max(window_start_ms)::DOUBLE AS "lastMs"
FROM (${minutesSql}) GROUP BY tenant, window_start_ms // 86400000`);
}

function isTouched(file: DataFile, column: string, spans: readonly TimeRange[]): boolean {
  const { tenant, date, hour } = file.partition;
  return spans.some(
    (span) =>
      span.tenant === tenant &&
      dateOf(span.firstMs) === date &&
      (hour === undefined || (hourOf(span.firstMs) <= Number(hour) && Number(hour) <= hourOf(span.lastMs))) &&
      mayHoldTimes(file, column, span.firstMs, span.lastMs + windowSizeMs - 1),
  );
}

function hourOf(timeMs: number): number {
  return new Date(timeMs).getUTCHours();
}

/** The rows of files to be replaced that belong to other minutes. */
function keptSql(
  { itemWindows }: AggregationLake,
  snapshot: LakeSnapshot,
  files: readonly DataFile[],
  minutesSql: string,
): string {
  return `
WITH minutes AS MATERIALIZED (${minutesSql})
SELECT * EXCLUDE (window_start_ms) FROM (
  SELECT * REPLACE (make_timestamp(epoch_us(window_start)) AS window_start,
    make_timestamp(epoch_us(window_end)) AS window_end), epoch_ms(window_start) AS window_start_ms
  FROM (${filesSql(itemWindows, snapshot, files)})
) ANTI JOIN minutes USING (tenant, window_start_ms)`;
}
