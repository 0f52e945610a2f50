import { dateOf, errorCodeOf } from "@footfall/base";
import { type DataFile, type LakeSnapshot, type LakeTable, mayHoldTimes } from "@footfall/lake";
import { sessionGapMs, windowSizeMs } from "@footfall/windows";
import { type AggregationLake, filesSql, withRowsSql } from "../aggregation-lake.ts";
import { minutesSqlOf, rangesOf, spanning, timeSlices } from "./event-hours.ts";
import { commitItemWindows } from "./commit-item-windows.ts";
import { filesOfLaterOrders, withCountedEvents } from "./counted-events.ts";
import { closingSessionsSql, exceptionalSpans, filesInView, type TableMove } from "./closing-sessions.ts";
import { commitSessions } from "./commit-sessions.ts";
import { type DerivedProgress, derivedProgress, lakeVersion } from "./derived-progress.ts";
import { stagedSpansSql } from "./late-records.ts";
import { isInteractionSql, sessionKeySql } from "./sessions-sql.ts";

/** How often a table is tried again when others move it on in between. */
const attemptsMax = 50;
export interface CatchUpBounds {
  /** About so many rows of `events` are made into sessions at once; more would not fit in memory. Default 2 million. */
  readonly rowsPerStep?: number;
  /** Where more session keys than this have to be looked at one by one, all of them are. Default 100,000. */
  readonly spansMax?: number;
}

/**
 * Brings `item_windows` and `sessions` up to the newest `events` and to the watermark (never back): everything that
 * versions of `events` not yet derived touch, and everything that closes on the way. Tables that other rules have made
 * are made again, whole, up to where they were. Whoever added events may call it, and who starts calls it anyway:
 * doing it twice changes no row.
 * @param targetMs  the watermark to reach; tables that are further stay there
 */
export async function catchUp(
  tables: AggregationLake,
  targetMs: number,
  { rowsPerStep = 2_000_000, spansMax = 100_000 }: CatchUpBounds = {},
): Promise<void> {
  const windowsMs = furthestMs(derivedProgress(await tables.itemWindows.snapshot()), targetMs);
  await catchUpTable(tables, tables.itemWindows, windowsMs, (due) => deriveItemWindows(tables, due));
  for (const stepMs of await sessionSteps(tables, targetMs, rowsPerStep)) {
    await catchUpTable(tables, tables.sessions, stepMs, (due) => deriveSessions(tables, due, spansMax));
  }
}

async function deriveItemWindows(tables: AggregationLake, { events, touched, from, to }: TableMove): Promise<void> {
  const closing = filesClosing(events, touched, passage(from, to, windowSizeMs));
  // All minutes of the hours, whether or not anything lies in them: finding out would cost as much as making them.
  const minutesSql = `${minutesSqlOf(touched, { afterMs: Number.NEGATIVE_INFINITY, untilMs: to.watermarkMs })}
UNION ${minutesSqlOf(closing, { afterMs: from.watermarkMs, untilMs: to.watermarkMs })}`;
  const ranges = rangesOf([...touched, ...closing]);
  await commitItemWindows(tables, { rows: [], minutesSql, ranges, from, to });
}

async function deriveSessions(tables: AggregationLake, due: TableMove, spansMax: number): Promise<void> {
  const spans = await exceptionalSpans(tables, due, spansMax);
  if (spans === undefined) {
    await deriveSessionsBySpans(tables, due);
    return;
  }
  const { events, from, to } = due;
  await withCountedEvents(tables, events, filesInView(due), (countedSql) =>
    withRowsSql(tables, spans, {
      readSql: stagedSpansSql,
      use: (spansSql) =>
        commitSessions(tables, { closedSql: closingSessionsSql(due, countedSql, spansSql), spansSql, from, to }),
    }),
  );
}

/** Recomputes every session that an event not yet derived touches or that closes on the way. */
async function deriveSessionsBySpans(tables: AggregationLake, { events, touched, from, to }: TableMove): Promise<void> {
  const closing = filesClosing(events, touched, passage(from, to, sessionGapMs));
  // Later than the watermark, too: an event there may make a session a long one, whose first days have closed then.
  const touchedSql = interactionsOf(filesSql(tables.events, events, touched), "true");
  const closingSql = interactionsOf(
    filesSql(tables.events, events, closing),
    `time_ms >= ${from.watermarkMs - sessionGapMs} AND time_ms < ${to.watermarkMs}`,
  );
  const spansSql = `SELECT ${sessionKeySql}, min(time_ms) AS first_ms, max(time_ms) AS last_ms
FROM (${touchedSql} UNION ALL ${closingSql}) GROUP BY ALL`;
  const ranges = spanning(rangesOf([...touched, ...closing]));
  await commitSessions(tables, { closedSql: undefined, spansSql, ranges, from, to });
}

/** Watermarks on the way to the target, so that no step takes in many more events than fit in memory. */
async function sessionSteps(tables: AggregationLake, targetMs: number, rows: number): Promise<readonly number[]> {
  const from = derivedProgress(await tables.sessions.snapshot());
  const { files } = await tables.events.snapshot();
  const endMs = furthestMs(from, targetMs);
  const ahead = files.filter((file) => mayHoldTimes(file, "occurred_at", from.watermarkMs, endMs));
  const steps = timeSlices(ahead, rows).map(({ lastMs }) => lastMs + 1);
  return [...steps.filter((stepMs) => stepMs > from.watermarkMs && stepMs < endMs), endMs];
}

/** A watermark never goes back, not even where a table is made again. */
function furthestMs({ watermarkMs, outdated }: DerivedProgress, targetMs: number): number {
  return Math.max(watermarkMs, outdated?.watermarkMs ?? Number.NEGATIVE_INFINITY, targetMs);
}

async function catchUpTable(
  tables: AggregationLake,
  table: LakeTable,
  targetMs: number,
  derive: (due: TableMove) => Promise<void>,
): Promise<void> {
  const { events } = tables;
  for (let attempt = 1; ; attempt += 1) {
    const from = derivedProgress(await table.snapshot());
    const snapshot = await events.snapshot();
    const added = await filesAddedSince(events, snapshot, from.eventsVersion);
    const touched = [...added, ...(await filesOfLaterOrders(tables, snapshot, added))];
    const watermarkMs = Math.max(from.watermarkMs, targetMs);
    if (touched.length === 0 && watermarkMs === from.watermarkMs) return;
    if (snapshot.files.length === 0) return;
    try {
      await derive({ events: snapshot, touched, from, to: { eventsVersion: snapshot.version, watermarkMs } });
      return;
    } catch (error) {
      if (errorCodeOf(error) !== "LAKE_WRITER_FENCED" || attempt >= attemptsMax) throw error;
    }
  }
}

/**
 * Files of the snapshot that hold the rows added after a version. Where compaction has replaced an added file, all of
 * its partition stands for it: more than needed is harmless.
 */
async function filesAddedSince(events: LakeTable, snapshot: LakeSnapshot, version: number): Promise<DataFile[]> {
  // With nothing derived yet, everything closes on the way to the watermark.
  if (version < 0 || version >= snapshot.version) return [];
  const { files } = await events.addedSince(lakeVersion(version), snapshot.version);
  const kept = new Set(snapshot.files.map((file) => file.path));
  const added = new Set(files.map((file) => file.path));
  const replaced = new Set(files.filter((file) => !kept.has(file.path)).map((file) => partitionKey(file)));
  return snapshot.files.filter((file) => added.has(file.path) || replaced.has(partitionKey(file)));
}

function partitionKey({ partition }: DataFile): string {
  return JSON.stringify(partition);
}

/** The span of time that the watermark moves over, and what lies so close before it that it may close only now. */
function passage(from: DerivedProgress, to: DerivedProgress, openMs: number) {
  const hasMoved = from.watermarkMs !== to.watermarkMs;
  return { startMs: from.watermarkMs - openMs, endMs: to.watermarkMs, hasMoved };
}

/** Other files than the touched ones with times between the two watermarks. */
function filesClosing(
  events: LakeSnapshot,
  touched: readonly DataFile[],
  { startMs, endMs, hasMoved }: ReturnType<typeof passage>,
): DataFile[] {
  if (!hasMoved) return [];
  const known = new Set(touched);
  return events.files.filter(
    (file) =>
      !known.has(file) &&
      (!Number.isFinite(startMs) || dateOf(startMs) <= file.partition["date"]!) &&
      file.partition["date"]! <= dateOf(endMs) &&
      mayHoldTimes(file, "occurred_at", startMs, endMs),
  );
}

function interactionsOf(source: string, condition: string): string {
  return `SELECT ${sessionKeySql}, time_ms FROM (
  SELECT ${sessionKeySql}, epoch_ms(occurred_at) AS time_ms FROM (${source}) WHERE ${isInteractionSql}
) WHERE ${finite(condition)}`;
}

/** SQL has no -Infinity for whole numbers; the least of them does as well. */
function finite(condition: string): string {
  return condition.replaceAll("-Infinity", "-9000000000000000");
}
