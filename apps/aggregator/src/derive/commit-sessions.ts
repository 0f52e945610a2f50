import { join, resolve } from "node:path";
import { dateOf } from "@footfall/base";
import { type DataFile, type FileChange, type LakeSnapshot, mayHoldTimes, quotePath } from "@footfall/lake";
import { type CountedEventsSql, withCountedEvents } from "./counted-events.ts";
import { commitFunctionOfEvents, type DerivedMove } from "./commit-derived.ts";
import { type AggregationLake, filesSql, withStagedRows } from "../aggregation-lake.ts";
import { isHourWithin, type TimeRange } from "./event-hours.ts";
import { isSameProgress } from "./derived-progress.ts";
import {
  evidenceMs,
  farSpansSql,
  nearEvidenceMs,
  reachMs,
  reachSql,
  type SessionKeyRow,
  sessionKeySql,
  sessionRowsSql,
  stagedKeysSql,
} from "./sessions-sql.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export interface SessionsChange extends DerivedMove {
  /** SELECT of rows of `sessions` that have just closed; none of a session key that `spansSql` names. */
  readonly closedSql: string | undefined;
  /** SELECT of spans (session key, first_ms, last_ms), one a key, to be recomputed from `events`. */
  readonly spansSql: string | undefined;
  /** Where the spans lie, if that is known without running the SQL. */
  readonly ranges?: readonly TimeRange[];
}

/**
 * Commits closed sessions, and replaces those that late events may belong to (an upsert by copy-on-write).
 * @returns rows written
 * @throws AppError LAKE_WRITER_FENCED  another process has moved the table on
 */
export async function commitSessions(tables: AggregationLake, change: SessionsChange): Promise<number> {
  const { closedSql, spansSql, from, to } = change;
  if (closedSql === undefined && spansSql === undefined && isSameProgress(from, to)) return 0;
  return commitFunctionOfEvents(tables.sessions, change, (stored) => writeChange(tables, change, stored));
}

async function writeChange(tables: AggregationLake, change: SessionsChange, stored: LakeSnapshot): Promise<FileChange> {
  const { closedSql, spansSql, to } = change;
  const { lake, sessions } = tables;
  const known = change.ranges?.map((range): SpanHours => ({ ...range, isFar: false }));
  const spans = spansSql === undefined ? [] : (known ?? (await spanHours(tables, spansSql)));
  if (spans.length === 0) {
    return { add: closedSql === undefined ? [] : await lake.writeBulk(sessions, { sql: closedSql }), remove: [] };
  }
  const events = await tables.events.snapshot();
  const far = await farSpans(tables, events, spans, spansSql!);
  return withStagedRows(tables, [...far, noSpan], async (farPath) => {
    const markedSql = markedSpansSql(spansSql!, farPath);
    const marked = far.length === 0 ? spans : [...spans, ...(await spanHours(tables, markedSql))];
    const source = filesNear(events, "occurred_at", marked, evidenceMs);
    const remove = await filesWithSpans(tables, filesNear(stored, "session_start", marked, reachMs), markedSql);
    const anewSql = (countedSql: CountedEventsSql) => `
WITH spans AS MATERIALIZED (${markedSql}),
source AS (${countedSql(source)})
${sessionRowsSql(to.watermarkMs)}${keptSql(tables, stored, remove)}${closedSql === undefined ? "" : ` UNION ALL BY NAME (${closedSql})`}`;
    const add = await withCountedEvents(tables, events, source, (countedSql) =>
      lake.writeBulk(sessions, { sql: anewSql(countedSql) }),
    );
    return { add, remove };
  });
}

interface SpanHours extends TimeRange {
  readonly isFar: boolean;
}

/** Keeps the staged file from being empty. No tenant has this name. */
const noSpan: SessionKeyRow = { tenant: "", visitor_id: "", session_id: "" };

/** The spans, rounded to hours. Spans of no stated kind are near. */
async function spanHours({ lake }: AggregationLake, spansSql: string): Promise<readonly SpanHours[]> {
  return lake.query<SpanHours>(`
SELECT tenant, bool_or(coalesce(is_far, false)) AS "isFar", (first_ms // ${hourMs} * ${hourMs})::DOUBLE AS "firstMs",
  (last_ms // ${hourMs} * ${hourMs} + ${hourMs - 1})::DOUBLE AS "lastMs"
FROM (SELECT NULL::BOOLEAN AS is_far, NULL AS tenant, NULL AS first_ms, NULL AS last_ms WHERE false
  UNION ALL BY NAME SELECT * FROM (${spansSql})) GROUP BY tenant, 3, 4`);
}

/** Session keys for whose spans one has to look further around. */
async function farSpans(
  tables: AggregationLake,
  events: LakeSnapshot,
  spans: readonly SpanHours[],
  spansSql: string,
): Promise<readonly SessionKeyRow[]> {
  const source = filesNear(events, "occurred_at", spans, () => nearEvidenceMs);
  if (source.length === 0) return [];
  return tables.lake.query<SessionKeyRow>(`
WITH spans AS MATERIALIZED (${spansSql}), source AS (${filesSql(tables.events, events, source)})
${farSpansSql}`);
}

function markedSpansSql(spansSql: string, farPath: string): string {
  return `SELECT * EXCLUDE (is_known_far), is_known_far IS NOT NULL AS is_far FROM (${spansSql})
LEFT JOIN (SELECT *, true AS is_known_far FROM (${stagedKeysSql(farPath)})) USING (${sessionKeySql})`;
}

/** Files of the tenants that may hold times at most a length away from the spans. */
function filesNear(
  snapshot: LakeSnapshot,
  column: string,
  spans: readonly SpanHours[],
  length: (isFar: boolean) => number,
): DataFile[] {
  const wanted = new Map<string, { firstMs: number; lastMs: number }[]>();
  for (const { tenant, firstMs, lastMs, isFar } of spans) {
    const range = { firstMs: firstMs - length(isFar), lastMs: lastMs + length(isFar) };
    for (let timeMs = range.firstMs; ; timeMs += dayMs) {
      const key = `${tenant} ${dateOf(Math.min(timeMs, range.lastMs))}`;
      const ranges = wanted.get(key);
      if (ranges) ranges.push(range);
      else wanted.set(key, [range]);
      if (timeMs >= range.lastMs) break;
    }
  }
  return snapshot.files.filter((file) =>
    wanted
      .get(`${file.partition["tenant"]} ${file.partition["date"]}`)
      ?.some(
        ({ firstMs, lastMs }) => isHourWithin(file, firstMs, lastMs) && mayHoldTimes(file, column, firstMs, lastMs),
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
  const paths = files.map((file) => quotePath(join(sessions.folder, file.path)));
  const found = await lake.query<{ filename: string }>(`
WITH spans AS MATERIALIZED (${spansSql}),
stored AS (SELECT ${sessionKeySql}, session_start, filename FROM read_parquet([${paths.join(", ")}],
  filename = true, hive_partitioning = true, hive_types_autocast = false))
SELECT DISTINCT filename FROM stored
WHERE ${isReplacedSql}`);
  const names = new Set(found.map((row) => row.filename));
  return files.filter((file) => names.has(resolve(sessions.folder, file.path)));
}

const isReplacedSql = `EXISTS (
  SELECT 1 FROM spans WHERE spans.tenant = stored.tenant AND spans.visitor_id = stored.visitor_id
    AND spans.session_id = stored.session_id AND epoch_ms(stored.session_start)
      BETWEEN spans.first_ms - ${reachSql} AND spans.last_ms + ${reachSql})`;

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
