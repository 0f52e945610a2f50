import { join } from "node:path";
import type { DataFile, LakeSnapshot } from "@footfall/lake";
import type { SessionRow } from "@footfall/windows";
import { type AggregationLake, dateOf, filesSql, mayHoldTimes, withStagedText } from "./aggregation-lake.ts";
import { jsonLines } from "./commit-item-windows.ts";
import { type DerivedProgress, isSameProgress, progressChange } from "./derived-progress.ts";
import { quoteText } from "./events-sql.ts";
import { retryOnConflict } from "./retry-on-conflict.ts";
import { sessionEvidenceMs, sessionReachMs, sessionRowsSql, stagedSessionRowsSql } from "./sessions-sql.ts";

const dayMs = 24 * 3_600_000;

export interface SessionsChange {
  /** Sessions that have just closed; none of a session id that `spansSql` names. */
  readonly rows: readonly SessionRow[];
  /** SELECT of spans (tenant, session_id, first_ms, last_ms), one a session id, to be made anew from `events`. */
  readonly spansSql: string | undefined;
  readonly from: DerivedProgress;
  readonly to: DerivedProgress;
}

/**
 * Commits closed sessions, and replaces those that late events may belong to (an upsert by copy-on-write).
 * @returns rows written
 * @throws AppError LAKE_WRITER_FENCED  another process has moved the table on
 */
export async function commitSessions(tables: AggregationLake, change: SessionsChange): Promise<number> {
  if (change.rows.length === 0 && change.spansSql === undefined && isSameProgress(change.from, change.to)) return 0;
  return retryOnConflict(async () => {
    const { add, remove } = await writeChange(tables, change);
    await tables.sessions.commit({
      add,
      remove,
      ...progressChange(change.from, change.to),
      operation: remove.length > 0 ? "upsert" : "append",
    });
    return add.reduce((sum, file) => sum + file.rows, 0);
  });
}

interface FileChange {
  readonly add: readonly DataFile[];
  readonly remove: readonly DataFile[];
}

async function writeChange(tables: AggregationLake, { rows, spansSql, to }: SessionsChange): Promise<FileChange> {
  const { lake, sessions } = tables;
  const days = spansSql === undefined ? [] : await spanDays(tables, spansSql);
  if (days.length === 0 && rows.length === 0) return { add: [], remove: [] };
  if (days.length === 0) {
    const add = await withStagedText(tables, jsonLines(rows), (path) =>
      lake.writeBulk(sessions, { sql: stagedSessionRowsSql(path) }),
    );
    return { add, remove: [] };
  }
  const events = await tables.events.snapshot();
  const stored = await sessions.snapshot();
  const source = filesNear(events, "occurred_at", days, sessionEvidenceMs);
  const remove = await filesWithSpans(tables, filesNear(stored, "session_start", days, sessionReachMs), spansSql!);
  const anew = `
WITH spans AS MATERIALIZED (${spansSql}),
source AS (${filesSql(tables.events, events, source)})
${sessionRowsSql(to.watermarkMs)}${keptSql(tables, stored, remove)}`;
  if (rows.length === 0) return { add: await lake.writeBulk(sessions, { sql: anew }), remove };
  const add = await withStagedText(tables, jsonLines(rows), (path) =>
    lake.writeBulk(sessions, { sql: `${anew} UNION ALL BY NAME (${stagedSessionRowsSql(path)})` }),
  );
  return { add, remove };
}

interface SpanDays {
  readonly tenant: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** The spans, rounded to days. */
async function spanDays({ lake }: AggregationLake, spansSql: string): Promise<readonly SpanDays[]> {
  return lake.query<SpanDays>(`
SELECT tenant, (first_ms // ${dayMs} * ${dayMs})::DOUBLE AS "firstMs",
  (last_ms // ${dayMs} * ${dayMs} + ${dayMs - 1})::DOUBLE AS "lastMs"
FROM (${spansSql}) GROUP BY ALL`);
}

/** Files of the tenants that may hold times at most `reachMs` away from the spans. */
function filesNear(snapshot: LakeSnapshot, column: string, spans: readonly SpanDays[], reachMs: number): DataFile[] {
  return snapshot.files.filter(({ partition, ...file }) =>
    spans.some(
      ({ tenant, firstMs, lastMs }) =>
        tenant === partition["tenant"] &&
        dateOf(firstMs - reachMs) <= partition["date"]! &&
        partition["date"]! <= dateOf(lastMs + reachMs) &&
        mayHoldTimes({ partition, ...file }, column, firstMs - reachMs, lastMs + reachMs),
    ),
  );
}

/** Those of the files of `sessions` that hold a row to be replaced. */
async function filesWithSpans(
  { lake, sessions }: AggregationLake,
  files: readonly DataFile[],
  spansSql: string,
): Promise<DataFile[]> {
  if (files.length === 0) return [];
  const paths = files.map((file) => quoteText(join(sessions.folder, file.path)));
  const found = await lake.query<{ filename: string }>(`
WITH spans AS MATERIALIZED (${spansSql}),
stored AS (SELECT tenant, session_id, session_start, filename FROM read_parquet([${paths.join(", ")}],
  filename = true, hive_partitioning = true, hive_types_autocast = false))
SELECT DISTINCT filename FROM stored
WHERE ${isReplacedSql}`);
  const names = new Set(found.map((row) => row.filename));
  return files.filter((file) => names.has(join(sessions.folder, file.path)));
}

const isReplacedSql = `EXISTS (
  SELECT 1 FROM spans WHERE spans.tenant = stored.tenant AND spans.session_id = stored.session_id
    AND epoch_ms(stored.session_start)
      BETWEEN spans.first_ms - ${sessionReachMs} AND spans.last_ms + ${sessionReachMs})`;

/** The rows of files to be replaced that belong to other sessions. */
function keptSql({ sessions }: AggregationLake, snapshot: LakeSnapshot, files: readonly DataFile[]): string {
  if (files.length === 0) return "";
  return `
UNION ALL BY NAME
SELECT * REPLACE (make_timestamp(epoch_us(session_start)) AS session_start,
  make_timestamp(epoch_us(session_end)) AS session_end, make_timestamp(epoch_us(occurred_at)) AS occurred_at)
FROM (${filesSql(sessions, snapshot, files)}) AS stored
WHERE NOT ${isReplacedSql}`;
}
