import { dateOf } from "@footfall/base";
import {
  columnName,
  foldColumns,
  foldedRowsSql,
  type TimedEvent,
  type TimeWindow,
  type WindowTable,
} from "@footfall/windows";
import { type LakeRow, quotePath, quoteText } from "@footfall/lake";

/** SELECT of a window table's rows from a file of JSON lines, each a row as `TumblingWindows` gives it. */
export function stagedRowsSql<Event extends TimedEvent, Row>(table: WindowTable<Event, Row>, path: string): string {
  const columns = Object.entries(foldColumns(table)).map(([name, type]) => `${quoteText(name)}: '${type}'`);
  const options = `format = 'newline_delimited', columns = {${columns.join(", ")}}`;
  return foldedRowsSql(table, `read_json(${quotePath(path)}, ${options})`);
}

/** The same row for the writer of small files. */
export function lakeRowOf<Event extends TimedEvent, Row>(
  table: WindowTable<Event, Row>,
  row: TimeWindow & { readonly tenant: string },
): LakeRow {
  const { startMs, endMs, tenant } = row;
  const lakeRow: Record<string, LakeRow[string]> = { window_start: startMs, window_end: endMs };
  const values = row as unknown as LakeRow;
  for (const name of [...Object.keys(table.keys), ...Object.keys(table.measures)])
    lakeRow[columnName(name)] = values[name];
  return { ...lakeRow, tenant, date: dateOf(startMs) };
}
