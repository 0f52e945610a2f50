import { timeSql } from "./measures/measure.ts";
import { carrySpanMs, type TimedEvent, type WindowTable } from "./window-table.ts";

export interface WindowRelations {
  /** Relation of events, with columns tenant, event_id, occurred_at and those that the table's expressions name. */
  readonly events: string;
  /** Relation (tenant, window_start_ms) of the windows whose rows are wanted. */
  readonly windows: string;
}

/**
 * SELECT of a table's rows of given windows from events, in the dialect of DuckDB: window_start, window_end, keys,
 * measures, and the partition columns tenant and date. What `TumblingWindows` gives of the same events. Where measures
 * carry, `events` must hold those of `carrySpanMs` before the windows too.
 */
export function windowRowsSql<Event extends TimedEvent, Row>(
  table: WindowTable<Event, Row>,
  relations: WindowRelations,
): string {
  const { windowSizeMs, keys, measures } = table;
  const keysSql = Object.entries(keys).map(([name, { sql }]) => `${sql} AS ${columnName(name)}`);
  const measuresSql = Object.entries(measures).map(([name, { duckdb }]) => {
    return `${typeof duckdb === "string" ? duckdb : duckdb.aggregate(beforeColumn(name))} AS ${columnName(name)}`;
  });
  const groups = ["tenant", "window_start_ms", ...Object.values(keys).map(({ sql }) => sql)];
  return `
SELECT
  ${[...windowTimesSql("window_start_ms", `window_start_ms + ${windowSizeMs}`), ...keysSql, ...measuresSql].join(",\n  ")},
  tenant, ${dateSql("window_start_ms")}
FROM (${carrySpanMs(table) === 0 ? rowsSql(table, relations) : carryingRowsSql(table, relations)})
GROUP BY ${groups.join(", ")}`;
}

/** The rows of events of given windows, with column window_start_ms. */
function rowsSql<Event extends TimedEvent, Row>(
  { windowSizeMs, rows }: WindowTable<Event, Row>,
  { events, windows }: WindowRelations,
): string {
  return rows.sql(`(
    SELECT * FROM (SELECT *, ${windowStartSql(windowSizeMs)} AS window_start_ms FROM ${events})
    SEMI JOIN ${windows} USING (tenant, window_start_ms)
  )`);
}

/** The same, each row with the samples before it: they are found in the windows before those asked for. */
function carryingRowsSql<Event extends TimedEvent, Row>(
  table: WindowTable<Event, Row>,
  { events, windows }: WindowRelations,
): string {
  const { windowSizeMs, keys, measures } = table;
  const windowsBefore = Math.ceil(carrySpanMs(table) / windowSizeMs);
  const spans = `(SELECT DISTINCT w.tenant, w.window_start_ms - windows_before * ${windowSizeMs} AS window_start_ms
    FROM (SELECT tenant, window_start_ms FROM ${windows}) w, range(${windowsBefore + 1}) b(windows_before)) spans`;
  const series = ["tenant", ...Object.values(keys).map(({ sql }) => sql)].join(", ");
  const before = Object.entries(measures).flatMap(([name, { duckdb }]) => {
    if (typeof duckdb === "string") return [];
    const { sample, order } = duckdb;
    return [`lag(${sample} IGNORE NULLS) OVER (PARTITION BY ${series} ORDER BY ${order}) AS ${beforeColumn(name)}`];
  });
  return `
  SELECT * FROM (SELECT *, ${before.join(", ")} FROM (${rowsSql(table, { events, windows: spans })}))
  SEMI JOIN ${windows} USING (tenant, window_start_ms)`;
}

function beforeColumn(measure: string): string {
  return `${columnName(measure)}_sample_before`;
}

/** SELECT of the same columns from a relation of rows as `TumblingWindows` gives them; see `foldColumns`. */
export function foldedRowsSql<Event extends TimedEvent, Row>(table: WindowTable<Event, Row>, folded: string): string {
  const names = [...Object.keys(table.keys), ...Object.keys(table.measures)];
  const columns = names.map((name) => `"${name}" AS ${columnName(name)}`);
  return `
SELECT ${[...windowTimesSql("startMs", "endMs"), ...columns].join(", ")}, tenant, ${dateSql("startMs")}
FROM ${folded}`;
}

/** Names and SQL types of the rows that `TumblingWindows` gives. */
export function foldColumns<Event extends TimedEvent, Row>({
  keys,
  measures,
}: WindowTable<Event, Row>): Readonly<Record<string, "BIGINT" | "DOUBLE" | "VARCHAR">> {
  return {
    startMs: "BIGINT",
    endMs: "BIGINT",
    tenant: "VARCHAR",
    ...Object.fromEntries(Object.keys(keys).map((name) => [name, "VARCHAR"] as const)),
    ...Object.fromEntries(Object.entries(measures).map(([name, { type }]) => [name, type])),
  };
}

/** `itemId` → `item_id`. */
export function columnName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function windowTimesSql(startMs: string, endMs: string): readonly string[] {
  return [`make_timestamp((${startMs}) * 1000) AS window_start`, `make_timestamp((${endMs}) * 1000) AS window_end`];
}

function dateSql(startMs: string): string {
  return `make_timestamp(${startMs} * 1000)::DATE AS date`;
}

/** The window that holds an event, as `windowAt` has it: before 1970 too, where `//` alone would round up. */
function windowStartSql(sizeMs: number): string {
  return `${timeSql} - (${timeSql} % ${sizeMs} + ${sizeMs}) % ${sizeMs}`;
}
