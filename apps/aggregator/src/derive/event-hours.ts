import { dateOf } from "@footfall/base";
import { type DataFile, type PartitionValues, quoteText } from "@footfall/lake";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Event times of a tenant, both ends inclusive. */
export interface TimeRange {
  readonly tenant: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** The hours that files of `events` lie in, as one range a tenant and day. */
export function rangesOf(files: readonly DataFile[]): TimeRange[] {
  const ranges = new Map<string, TimeRange>();
  for (const { partition } of files) {
    const { tenant, date } = partition as { tenant: string; date: string };
    const startMs = hourOf(partition);
    const key = `${tenant} ${date}`;
    const known = ranges.get(key);
    ranges.set(key, {
      tenant,
      firstMs: Math.min(known?.firstMs ?? startMs, startMs),
      lastMs: Math.max(known?.lastMs ?? 0, startMs + hourMs - 1),
    });
  }
  return [...ranges.values()];
}

/** SELECT of the minutes (tenant, window_start_ms) of the files' hours that end after one time and until another. */
export function minutesSqlOf(
  files: readonly DataFile[],
  { afterMs, untilMs }: { readonly afterMs: number; readonly untilMs: number },
): string {
  const hours = new Set(files.map(({ partition }) => `(${quoteText(partition["tenant"]!)}, ${hourOf(partition)})`));
  if (hours.size === 0) return "SELECT NULL::VARCHAR AS tenant, NULL::BIGINT AS window_start_ms WHERE false";
  const isDue = [
    ...(Number.isFinite(afterMs) ? [`window_start_ms > ${afterMs - minuteMs}`] : []),
    `window_start_ms <= ${untilMs - minuteMs}`,
  ].join(" AND ");
  return `SELECT tenant, window_start_ms FROM (
  SELECT tenant, hour_ms + unnest(range(60)) * ${minuteMs} AS window_start_ms
  FROM (VALUES ${[...hours].join(", ")}) AS hours(tenant, hour_ms)
) WHERE ${isDue}`;
}

/** One range a tenant, from the first to the last. */
export function spanning(ranges: readonly TimeRange[]): TimeRange[] {
  const byTenant = new Map<string, TimeRange>();
  for (const { tenant, firstMs, lastMs } of ranges) {
    const known = byTenant.get(tenant) ?? { firstMs, lastMs };
    byTenant.set(tenant, {
      tenant,
      firstMs: Math.min(known.firstMs, firstMs),
      lastMs: Math.max(known.lastMs, lastMs),
    });
  }
  return [...byTenant.values()];
}

/** Whether a file may hold times of the range; one of a table without hours may, as far as its hour goes. */
export function isHourWithin({ partition }: DataFile, firstMs: number, lastMs: number): boolean {
  if (partition["hour"] === undefined) return true;
  const startMs = hourOf(partition);
  return startMs + hourMs > firstMs && startMs <= lastMs;
}

/** Cuts the hours of files of `events` into ranges of whole minutes with at most about so many rows, oldest first. */
export function timeSlices(
  files: readonly DataFile[],
  rowsMax: number,
): { readonly firstMs: number; readonly lastMs: number }[] {
  const rowsByHour = new Map<number, number>();
  for (const { partition, rows } of files) {
    const startMs = hourOf(partition);
    rowsByHour.set(startMs, (rowsByHour.get(startMs) ?? 0) + rows);
  }
  const slices: { firstMs: number; lastMs: number; rows: number }[] = [];
  for (const [startMs, rows] of [...rowsByHour].sort(([a], [b]) => a - b)) {
    const last = slices.at(-1);
    if (last && last.rows + rows <= rowsMax) {
      last.lastMs = startMs + hourMs - 1;
      last.rows += rows;
      continue;
    }
    const parts = Math.min(60, Math.ceil(rows / rowsMax));
    const stepMs = Math.ceil(60 / parts) * minuteMs;
    for (let firstMs = startMs; firstMs < startMs + hourMs; firstMs += stepMs) {
      slices.push({ firstMs, lastMs: Math.min(firstMs + stepMs, startMs + hourMs) - 1, rows: rows / parts });
    }
  }
  return slices;
}

/** The partition of `events` that holds a time. */
export function hourPartition(tenant: string, timeMs: number): PartitionValues {
  return { tenant, date: dateOf(timeMs), hour: String(new Date(timeMs).getUTCHours()) };
}

/** Start of the hour that a partition of `events` holds, ms since the epoch. */
export function hourOf(partition: PartitionValues): number {
  return Date.parse(`${partition["date"]}T00:00:00Z`) + Number(partition["hour"]) * hourMs;
}
