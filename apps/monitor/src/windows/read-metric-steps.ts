import { AppError, dateOf } from "@footfall/base";
import { type Lake, type LakeVersion, metricWindowsTable, quotePath, quoteText, withStagedText } from "@footfall/lake";
import {
  groupSeries,
  type MetricPoints,
  type MetricQuery,
  type SeriesGroups,
  type SeriesKey,
  seriesNames,
  stepSpreadsSql,
  stepValuesSql,
} from "@footfall/metrics";
import { PercentileSteps } from "./percentile-steps.ts";

export interface StepsSelection {
  readonly query: MetricQuery;
  readonly tenant: string;
  /** A multiple of the step. */
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

export interface StepLimits {
  /** Series with the names of the query that are looked at. */
  readonly seriesMax: number;
  /** Windows that one step may be made of. */
  readonly stepWindowsMax: number;
  /** About so many windows are aggregated at once: what DuckDB holds does not grow with the range. */
  readonly sliceWindows: number;
  /** Values of an answer. */
  readonly pointsMax: number;
}

export const stepLimits: StepLimits = {
  seriesMax: 50_000,
  stepWindowsMax: 5_000_000,
  sliceWindows: 1_000_000,
  pointsMax: 1_000_000,
};

type Series = SeriesKey & { readonly windows: number };
type Point = MetricPoints["points"][number];

const windowsName = metricWindowsTable.name;
const keyColumns = ["labels", "name", "instance", "job", "kind"] as const;

/**
 * What `runMetricQuery` says of all windows of a range: DuckDB aggregates them, a slice of the range at a time, and
 * only the values of steps come into memory. All of it is of one version of the table.
 * @throws AppError REQUEST_INVALID  the query does not fit what is found, or asks for more than the limits; as
 *   `Lake.scan`
 */
export async function readMetricSteps(
  lake: Lake,
  selection: StepsSelection,
  limits: StepLimits = stepLimits,
): Promise<readonly MetricPoints[]> {
  if (!(await lake.tableNames()).includes(windowsName)) return [];
  const { version } = await (await lake.existingTable(windowsName)).snapshot();
  const found = groupSeries(selection.query, await readSeries(lake, selection, version, limits.seriesMax));
  if (found.members.length === 0) return [];
  const slices = slicesOf(selection, found, limits);
  const points: Point[][] = found.groups.map(() => []);
  const { bounds, lines } = stagedSeries(found);
  let pointsLeft = limits.pointsMax;
  const onValue = (group: number, step: number, value: number): void => {
    if ((pointsLeft -= 1) < 0) {
      throw invalid(
        `the answer holds more than ${limits.pointsMax} values; ask for a longer step, a shorter range, or fewer groups`,
      );
    }
    points[group]!.push({ startMs: selection.startMs + step * selection.stepMs, value });
  };
  await withStagedText(lake, lines, async (path) => {
    for (const slice of slices) await readSlice(lake, selection, { ...slice, path, version, bounds, onValue });
  });
  return found.groups.flatMap((labels, group) =>
    points[group]!.length > 0 ? [{ labels, points: points[group]! }] : [],
  );
}

/** All series with the names of the query, in the order in which their values are added up. */
async function readSeries(
  lake: Lake,
  selection: StepsSelection,
  version: LakeVersion,
  seriesMax: number,
): Promise<readonly Series[]> {
  const series = await lake.query<Series>(
    `SELECT ${keyColumns.join(", ")}, count(*)::DOUBLE AS windows FROM ${windowsName}
WHERE ${isPickedSql(selection, selection)} GROUP BY ALL ORDER BY ${keyColumns.join(", ")} LIMIT ${seriesMax + 1}`,
    { versions: { [windowsName]: version } },
  );
  if (series.length > seriesMax) {
    throw invalid(`${selection.query.name} has more than ${seriesMax} series in the range; ask for a shorter one`);
  }
  return series;
}

interface Range {
  readonly startMs: number;
  readonly endMs: number;
}

/** The range in parts of whole steps, each of about `sliceWindows`. */
function slicesOf(
  { startMs, endMs, stepMs }: StepsSelection,
  { members }: SeriesGroups<Series>,
  { sliceWindows, stepWindowsMax }: StepLimits,
): readonly Range[] {
  const steps = Math.ceil((endMs - startMs) / stepMs);
  const stepWindows = members.reduce((sum, { series }) => sum + series.windows, 0) / steps;
  if (stepWindows > stepWindowsMax) {
    throw invalid(`a step holds more than ${stepWindowsMax} windows; ask for a shorter step or fewer series`);
  }
  const lengthMs = Math.max(1, Math.floor(sliceWindows / stepWindows)) * stepMs;
  return Array.from({ length: Math.ceil((endMs - startMs) / lengthMs) }, (_, at) => {
    const fromMs = startMs + at * lengthMs;
    return { startMs: fromMs, endMs: Math.min(fromMs + lengthMs, endMs) };
  });
}

/** The series as JSON lines, and the bounds of histograms by the places that these name. */
function stagedSeries({ members }: SeriesGroups<Series>) {
  const places = new Map<number, number>();
  const lines = members.map(({ series: { windows: _, ...key }, group, upperBound }, at) => {
    if (upperBound !== undefined && !places.has(upperBound)) places.set(upperBound, places.size);
    const bound = upperBound === undefined ? null : places.get(upperBound);
    return `${JSON.stringify({ ...key, series_at: at, group_at: group, bound_at: bound })}\n`;
  });
  return { bounds: [...places.keys()], lines };
}

interface Slice extends Range {
  readonly path: string;
  readonly version: LakeVersion;
  readonly bounds: readonly number[];
  readonly onValue: (group: number, step: number, value: number) => void;
}

async function readSlice(lake: Lake, selection: StepsSelection, slice: Slice): Promise<void> {
  const { query, startMs, stepMs } = selection;
  const { onValue } = slice;
  const relations = {
    windows: `(SELECT * FROM ${windowsName} WHERE ${isPickedSql(selection, slice)})`,
    series: seriesSql(slice.path),
    startMs,
    stepMs,
  };
  const options = { versions: { [windowsName]: slice.version } };
  if (query.function !== "percentile") {
    const divisor = query.function === "rate" ? stepMs / 1_000 : 1;
    const use = ([groups, steps, values]: readonly ArrayLike<unknown>[], rows: number): void => {
      for (let row = 0; row < rows; row += 1) {
        onValue(groups![row] as number, steps![row] as number, (values![row] as number) / divisor);
      }
    };
    return lake.scan(stepValuesSql(query, relations), use, options);
  }
  const percentiles = new PercentileSteps(query.share!, slice.bounds, onValue);
  const use = ([groups, steps, isBound, places, amounts]: readonly ArrayLike<unknown>[], rows: number): void => {
    const at = (column: ArrayLike<unknown> | undefined, row: number) => column![row] as number;
    for (let row = 0; row < rows; row += 1) {
      percentiles.add(at(groups, row), at(steps, row), at(isBound, row) === 1, at(places, row), at(amounts, row));
    }
  };
  await lake.scan(stepSpreadsSql(relations), use, options);
  percentiles.end();
}

function seriesSql(path: string): string {
  const types = [
    ...keyColumns.map((name) => `${name}: 'VARCHAR'`),
    ...["series_at", "group_at", "bound_at"].map((name) => `${name}: 'INTEGER'`),
  ].join(", ");
  return `(FROM read_json(${quotePath(path)}, format = 'newline_delimited', columns = {${types}}))`;
}

/** Windows with the names of the query that lie in a range. */
function isPickedSql({ tenant, query }: StepsSelection, { startMs, endMs }: Range): string {
  const instant = (timeMs: number) => `${quoteText(new Date(timeMs).toISOString())}::TIMESTAMPTZ`;
  return `tenant = ${quoteText(tenant)} AND name IN (${seriesNames(query).map(quoteText).join(", ")})
  AND date BETWEEN ${quoteText(dateOf(startMs))}::DATE AND ${quoteText(dateOf(endMs))}::DATE
  AND window_start >= ${instant(startMs)} AND window_end <= ${instant(endMs)}`;
}

function invalid(message: string): AppError {
  return new AppError("REQUEST_INVALID", message);
}
