import { type Row, stringifyExactJson } from "@footfall/changes";
import { type PlacedChange, RefusedChangeError } from "../replica.ts";
import { assertStorable } from "../storable-change.ts";

/** What DuckDB reads as one line of JSON, with room to spare. */
const lineBytesMax = 15_000_000;

/** The primary key as text, the same for two changes of one row. */
export function rowKeyOf(key: Row): string {
  return stringifyExactJson(key);
}

/**
 * A change as a line of JSON with the columns of `<table>_history`.
 * @param at  for the error: index of the change
 * @throws RefusedChangeError  the lake's columns cannot hold it
 */
export function historyLine({ change, place }: PlacedChange, at: number): string {
  const { lsn, index } = change.position;
  assertStorable(change, at);
  const line = stringifyExactJson({
    operation: change.operation,
    row_key: change.operation === "truncate" ? null : rowKeyOf(change.key),
    lsn,
    change_index: index,
    changed_at: change.changedAtMs,
    log_topic: place.topic,
    log_partition: place.partition,
    captured_at: change.capturedAtMs,
    transaction_id: change.transaction?.id ?? null,
    row_before: jsonOf(change.before),
    row_after: jsonOf(change.after),
  });
  const bytes = Buffer.byteLength(line);
  if (bytes > lineBytesMax) {
    throw new RefusedChangeError(at, `it has ${bytes} bytes as JSON; the lake takes ${lineBytesMax} at most`);
  }
  return `${line}\n`;
}

function jsonOf(row: Row | undefined): string | null {
  return row === undefined ? null : stringifyExactJson(row);
}
