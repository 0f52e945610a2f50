import { type DataFile, type LakeSnapshot, mayHoldTimes, quoteText } from "@footfall/lake";
import { sessionGapMs, sessionLengthMaxMs } from "@footfall/windows";
import { type AggregationLake, filesSql } from "../aggregation-lake.ts";
import type { CountedEventsSql } from "./counted-events.ts";
import type { DerivedMove } from "./commit-derived.ts";
import type { Span } from "./late-records.ts";
import { closingSessionRowsSql, isInteractionSql, nearEvidenceMs, sessionKeySql } from "./sessions-sql.ts";

const dayMs = 24 * 3_600_000;

/** A derived table on its way to a newer version of `events` and a later watermark. */
export interface TableMove extends DerivedMove {
  readonly events: LakeSnapshot;
  /** Files with rows that the table does not include yet. */
  readonly touched: readonly DataFile[];
}

/**
 * Event times from which nearly all sessions that close on the way can be told in one sort. Only a key whose session
 * may reach out of view has to be looked at by itself, and such a session is as long as the view's margin at least:
 * at the back the margin is always there, in front only where a midnight lies in view, since a session that is still
 * going on closes only then, if it has become longer than a day.
 */
interface View {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly hasFrontMargin: boolean;
}

function viewOf({ from, to }: DerivedMove): View {
  const firstMs = from.watermarkMs - nearEvidenceMs;
  const hasFrontMargin = !Number.isFinite(firstMs) || Math.floor(firstMs / dayMs) < Math.floor(to.watermarkMs / dayMs);
  return { firstMs, lastMs: to.watermarkMs + (hasFrontMargin ? nearEvidenceMs : 0), hasFrontMargin };
}

/**
 * Spans of the session keys that have to be recomputed one by one: those that may reach out of view, and those with
 * late events, which may change what the table holds.
 * @returns undefined where there are more than `spansMax`
 */
export async function exceptionalSpans(
  { lake, events: table }: AggregationLake,
  move: TableMove,
  spansMax: number,
): Promise<readonly Span[] | undefined> {
  const { events, touched, from, to } = move;
  const view = viewOf(move);
  const inView = filesWithin(events.files, view.firstMs, view.lastMs);
  const timesOf = (files: readonly DataFile[], firstMs: number, lastMs: number): string => {
    const isWithin = timeCondition(firstMs, lastMs);
    return `SELECT ${sessionKeySql}, epoch_ms(occurred_at) AS time_ms FROM (
  ${filesSql(table, events, filesWithin(files, firstMs, lastMs))}) WHERE ${isInteractionSql} AND ${isWithin}`;
  };
  const keys: string[] = [];
  if (Number.isFinite(view.firstMs)) {
    keys.push(`SELECT ${sessionKeySql} FROM (${timesOf(inView, from.watermarkMs - sessionGapMs, from.watermarkMs)})
  SEMI JOIN (${timesOf(inView, view.firstMs, view.firstMs + sessionGapMs)}) USING (${sessionKeySql})`);
    keys.push(`SELECT ${sessionKeySql} FROM (${timesOf(touched, Number.NEGATIVE_INFINITY, from.watermarkMs)})`);
  }
  if (view.hasFrontMargin) {
    keys.push(`SELECT ${sessionKeySql} FROM (${timesOf(inView, to.watermarkMs - sessionGapMs, to.watermarkMs)})
  SEMI JOIN (${timesOf(inView, view.lastMs - sessionGapMs, view.lastMs)}) USING (${sessionKeySql})`);
  }
  // What has just come may have made a session a long one some of whose days had ended long before.
  if (touched.length > 0 && view.lastMs - view.firstMs > sessionLengthMaxMs) {
    keys.push(`SELECT ${sessionKeySql} FROM (${timesOf(inView, view.firstMs, view.lastMs)})
  GROUP BY ${sessionKeySql} HAVING max(time_ms) - min(time_ms) > ${sessionLengthMaxMs}`);
  }
  if (keys.length === 0) return [];
  const { length } = await lake.query(`${keys.join("\nUNION\n")} LIMIT ${spansMax + 1}`);
  if (length === 0) return [];
  if (length > spansMax) return undefined;
  const passed = timesOf(inView, from.watermarkMs - sessionGapMs, to.watermarkMs);
  return lake.query<Span>(`
SELECT ${sessionKeySql}, min(time_ms)::DOUBLE AS first_ms, max(time_ms)::DOUBLE AS last_ms
FROM (${timesOf(touched, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)} UNION ALL ${passed})
SEMI JOIN (${keys.join("\nUNION\n")}) USING (${sessionKeySql})
GROUP BY ${sessionKeySql}`);
}

/** Files with the events of `closingSessionsSql`. */
export function filesInView(move: TableMove): readonly DataFile[] {
  if (move.from.watermarkMs === move.to.watermarkMs) return [];
  const { firstMs, lastMs } = viewOf(move);
  return filesWithin(move.events.files, firstMs, lastMs);
}

/**
 * SELECT of the rows of all sessions that close on the way, but of keys that `spansSql` names.
 * @param countedSql  for the files in view
 */
export function closingSessionsSql(
  move: TableMove,
  countedSql: CountedEventsSql,
  spansSql: string | undefined,
): string | undefined {
  const { from, to } = move;
  const files = filesInView(move);
  if (files.length === 0) return undefined;
  const { firstMs, lastMs } = viewOf(move);
  const others = spansSql === undefined ? "" : `ANTI JOIN (${spansSql}) USING (${sessionKeySql})`;
  return `WITH source AS (
  SELECT * FROM (${countedSql(files)}) ${others} WHERE ${timeCondition(firstMs, lastMs)}
)
${closingSessionRowsSql(from.watermarkMs, to.watermarkMs)}`;
}

function filesWithin(files: readonly DataFile[], firstMs: number, lastMs: number): DataFile[] {
  return files.filter((file) => mayHoldTimes(file, "occurred_at", firstMs, lastMs));
}

/** As a comparison with the column itself, so that row groups outside are not read. */
function timeCondition(firstMs: number, lastMs: number): string {
  const bounds = [
    ...(Number.isFinite(firstMs) ? [`occurred_at >= ${timestamp(firstMs)}`] : []),
    ...(Number.isFinite(lastMs) ? [`occurred_at <= ${timestamp(lastMs)}`] : []),
  ];
  return bounds.length === 0 ? "true" : bounds.join(" AND ");
}

function timestamp(timeMs: number): string {
  return `${quoteText(new Date(timeMs).toISOString())}::TIMESTAMPTZ`;
}
