import { dateOf, errorCodeOf } from "@footfall/base";
import { topics } from "@footfall/events";
import { type FileChange, type LakeRow, type LakeSnapshot, type LakeTable, ledgerTable } from "@footfall/lake";
import { type AggregationLake, filesSql } from "../aggregation-lake.ts";
import { commitDerived } from "../derive/commit-derived.ts";
import { type DerivedProgress, derivedProgress, lakeVersion } from "../derive/derived-progress.ts";
import { hourOf, isHourWithin } from "../derive/event-hours.ts";
import { sessionKeySql } from "../derive/sessions-sql.ts";
import { type EventCommit, type ExpiredCommits, readEventCommits } from "./event-commits.ts";
import { lookbackMs } from "./ledger-sql.ts";
import { type LedgerRow, measureLedger, type ModelMark, readModelMarks } from "./measure-ledger.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** An hour is judged this long after its end: what a session still sends by then has mostly come. */
export const settleMs = hourMs / 2;
/** Hours that are made in one commit, so that a lake with years of history is worked through in steps. */
const stepMs = 31 * dayMs;
/** A new model changes the rows of hours at most this old. */
const modelReachMs = 7 * dayMs;

export interface DeriveLedgerOptions {
  readonly tables: AggregationLake;
  readonly nowMs: number;
  /** `<storage>/models`; without it no latency to a model is measured. */
  readonly modelsFolder: string | undefined;
}

/**
 * Brings table `ledger` up to now: the hours that are over, those that later events have changed, and those whose
 * events a new model has learnt from. The table is a function of `events`, its commits and the kept models, so doing
 * it twice changes no figure; those made from commits are final once the entries of these have expired.
 * @throws AppError LAKE_WRITER_FENCED  another process has moved the table on
 */
export async function deriveLedger({ tables, nowMs, modelsFolder }: DeriveLedgerOptions): Promise<LakeTable> {
  const table = await tables.lake.table(ledgerTable);
  const models = modelsFolder === undefined ? [] : await readModelMarks(tables, modelsFolder);
  const untilMs = Math.floor((nowMs - settleMs) / hourMs) * hourMs;
  for (;;) {
    const ledger = await table.snapshot();
    const events = await tables.events.snapshot();
    const from = derivedProgress(ledger);
    const hasEnded = events.files.length > 0 && from.watermarkMs < untilMs;
    const firstMs = Math.min(
      untilMs,
      ...events.files.map(({ partition }) => hourOf(partition)).filter((startMs) => startMs >= from.watermarkMs),
    );
    const to = hasEnded ? { eventsVersion: events.version, watermarkMs: Math.min(untilMs, firstMs + stepMs) } : from;
    const due = await hoursToModel(tables, table, ledger, models);
    if (hasEnded) due.push(...(await changedHours(tables, events, from)));
    if (!hasEnded && due.length === 0) return table;
    const sinceMs = Math.min(Number.isFinite(from.watermarkMs) ? from.watermarkMs : firstMs, ...due);
    const read = await readEventCommits(tables.events, sinceMs);
    due.push(
      ...dropHours(read.commits, from),
      ...events.files.map(({ partition }) => hourOf(partition)).filter((startMs) => startMs >= firstMs),
    );
    const hours = new Set(due.filter((startMs) => startMs < to.watermarkMs));
    const rows: LedgerRow[] = [];
    for (const [startMs, endMs] of daysOf(hours)) {
      const scope = { startMs, endMs, per: "hour", judgedUntilMs: Infinity } as const;
      const measured = await measureLedger(tables, { ...scope, ...read, models });
      rows.push(...measured.filter((row) => hours.has(row.bucket_ms)));
    }
    await commitDerived(table, { from, to }, () =>
      replaceHours(tables, table, { hours, rows, nowMs, expired: read.expired }),
    );
    if (to.watermarkMs >= untilMs) return table;
  }
}

/**
 * Hours before the watermark whose figures differ because of events that came since: those of the events, and those
 * in which their sessions went on, since a number that was missing there may be among them.
 */
async function changedHours(
  tables: AggregationLake,
  events: LakeSnapshot,
  { eventsVersion, watermarkMs }: DerivedProgress,
): Promise<number[]> {
  if (eventsVersion < 0) return [];
  const { files: added } = await tables.events.addedSince(lakeVersion(eventsVersion), events.version);
  const lateHours = [...new Set(added.map(({ partition }) => hourOf(partition)))].filter(
    (startMs) => startMs < watermarkMs,
  );
  if (lateHours.length === 0) return [];
  const late = events.files.filter((file) => lateHours.includes(hourOf(file.partition)));
  const near = events.files.filter((file) =>
    lateHours.some((startMs) => isHourWithin(file, startMs - hourMs, startMs + lookbackMs)),
  );
  // A version that has expired: then all events of the late hours count as new.
  const { progress } = await tables.events.snapshot(lakeVersion(eventsVersion)).catch((error: unknown) => {
    if (errorCodeOf(error) !== "LAKE_VERSION_UNKNOWN") throw error;
    return { progress: new Map<string, bigint>() };
  });
  const isNew = [...progress].flatMap(([id, offset]) => {
    const partition = new RegExp(`^${topics.clicks}-(\\d+)$`).exec(id)?.[1];
    return partition === undefined ? [] : [`WHEN ${partition} THEN log_offset >= ${offset}`];
  });
  const newSql = isNew.length === 0 ? "true" : `CASE log_partition ${isNew.join(" ")} ELSE true END`;
  const rows = await tables.lake.query<{ hour_ms: number }>(`
WITH near AS (${filesSql(tables.events, events, near)}), late AS (${filesSql(tables.events, events, late)})
SELECT DISTINCT epoch_ms(occurred_at) // ${hourMs} * ${hourMs} AS hour_ms FROM near
SEMI JOIN (SELECT ${sessionKeySql} FROM late WHERE log_partition IS NOT NULL AND ${newSql}) AS changed
  USING (${sessionKeySql})`);
  return [...new Set([...lateHours, ...rows.map((row) => row.hour_ms)])].filter((startMs) => startMs < watermarkMs);
}

/** Hours with interactions that no model had learnt from when their rows were made, where there is a newer model. */
async function hoursToModel(
  { lake }: AggregationLake,
  table: LakeTable,
  ledger: LakeSnapshot,
  models: readonly ModelMark[],
): Promise<number[]> {
  const newest = new Map<string, number>();
  for (const { tenant, published_ms } of models) newest.set(tenant, Math.max(newest.get(tenant) ?? 0, published_ms));
  if (newest.size === 0 || ledger.files.length === 0) return [];
  const rows = await lake.query<{ tenant: string; hour_ms: number; derived_ms: number }>(`
SELECT tenant, epoch_ms(hour_start) AS hour_ms, epoch_ms(derived_at) AS derived_ms
FROM (${filesSql(table, ledger, ledger.files)}) WHERE model_waiting > 0`);
  return rows
    .filter(({ tenant, hour_ms, derived_ms }) => {
      const newestMs = newest.get(tenant) ?? 0;
      return derived_ms < newestMs && hour_ms >= newestMs - modelReachMs;
    })
    .map((row) => row.hour_ms);
}

/** Hours in which records were dropped since the table was last made; a clock set back may have named an old one. */
function dropHours(commits: readonly EventCommit[], { eventsVersion }: DerivedProgress): number[] {
  return commits
    .filter(({ version, repeats }) => version > eventsVersion && repeats.size > 0)
    .map(({ committedAtMs }) => Math.floor(committedAtMs / hourMs) * hourMs);
}

/** One range a UTC day, from its first hour to its last. */
function daysOf(hours: ReadonlySet<number>): (readonly [startMs: number, endMs: number])[] {
  const days = new Map<number, [number, number]>();
  for (const startMs of [...hours].sort((a, b) => a - b)) {
    const day = Math.floor(startMs / dayMs);
    days.set(day, [days.get(day)?.[0] ?? startMs, startMs + hourMs]);
  }
  return [...days.values()];
}

interface HoursReplaced {
  readonly hours: ReadonlySet<number>;
  readonly rows: readonly LedgerRow[];
  readonly nowMs: number;
  readonly expired: ExpiredCommits | undefined;
}

/** Files with the new rows, and with those of other hours that stood in the same files. */
async function replaceHours(
  { lake }: AggregationLake,
  table: LakeTable,
  { hours, rows, nowMs, expired }: HoursReplaced,
): Promise<FileChange> {
  const snapshot = await table.snapshot();
  const dates = new Set([...hours].map(dateOf));
  const remove = snapshot.files.filter(({ partition }) => dates.has(partition["date"]!));
  const stored = await lake.query<LakeRow & { hour_start: number }>(filesSql(table, snapshot, remove));
  const keyOf = (row: LakeRow) => `${row["tenant"]} ${row["hour_start"]}`;
  const replaced = new Map<string, LakeRow>(rows.map((row) => ledgerRow(row, nowMs)).map((row) => [keyOf(row), row]));
  const kept: LakeRow[] = [];
  for (const row of stored) {
    const isExpired = row.hour_start <= (expired?.committedAtMs ?? -Infinity);
    const measured = replaced.get(keyOf(row));
    if (isExpired && measured) replaced.set(keyOf(row), { ...measured, ...figuresOfCommits(row) });
    else if (isExpired || !hours.has(row.hour_start)) kept.push(row);
  }
  const add = await lake.writeSmall(table, [...kept, ...replaced.values()]);
  return { add, remove };
}

/** What was made from commits cannot be made again once their entries have expired: the stored figures stay. */
function figuresOfCommits(row: LakeRow): LakeRow {
  return Object.fromEntries(Object.entries(row).filter(([name]) => /^(repeats$|lake_|model_)/.test(name)));
}

function ledgerRow({ bucket_ms, unsettled: _unsettled, ...row }: LedgerRow, nowMs: number): LakeRow {
  return { ...row, hour_start: bucket_ms, date: dateOf(bucket_ms), derived_at: nowMs };
}
