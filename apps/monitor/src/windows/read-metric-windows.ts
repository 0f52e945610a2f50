import { AppError, dateOf } from "@footfall/base";
import { type Lake, metricWindowsTable, quoteText } from "@footfall/lake";
import { type MetricWindow, metricWindows } from "@footfall/metrics";
import { columnName } from "@footfall/windows";

export interface WindowSelection {
  readonly tenant: string;
  /** Metrics, as the table names them. */
  readonly names: readonly string[];
  /** Windows that lie in the range. */
  readonly startMs: number;
  readonly endMs: number;
}

/** More windows are not read into memory. */
const rowsMax = 1_000_000;
const columnsSql = [...Object.keys(metricWindows.keys), ...Object.keys(metricWindows.measures)]
  .map((name) => `${columnName(name)} AS "${name}"`)
  .join(", ");

/**
 * Windows of 10 s of some metrics.
 * @throws AppError REQUEST_INVALID where the range holds too many; as `Lake.query`
 */
export async function readMetricWindows(lake: Lake, selection: WindowSelection): Promise<readonly MetricWindow[]> {
  const { tenant, names, startMs, endMs } = selection;
  if (!(await lake.tableNames()).includes(metricWindowsTable.name)) return [];
  const rows = await lake.query<Record<string, unknown>>(`
SELECT tenant, epoch_ms(window_start) AS "startMs", epoch_ms(window_end) AS "endMs", ${columnsSql}
FROM ${metricWindowsTable.name}
WHERE tenant = ${quoteText(tenant)} AND name IN (${names.map(quoteText).join(", ")})
  AND date BETWEEN ${quoteText(dateOf(startMs))}::DATE AND ${quoteText(dateOf(endMs))}::DATE
  AND epoch_ms(window_start) >= ${startMs} AND epoch_ms(window_end) <= ${endMs}
LIMIT ${rowsMax + 1}`);
  if (rows.length > rowsMax) {
    throw new AppError("REQUEST_INVALID", `the range holds more than ${rowsMax} windows; ask for a shorter one`);
  }
  return rows.map(toWindow);
}

function toWindow(row: Record<string, unknown>): MetricWindow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value ?? undefined]),
  ) as unknown as MetricWindow;
}
