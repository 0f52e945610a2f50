import { dateOf } from "@footfall/base";
import type { DataFile, LakeVersion } from "@footfall/lake";
import { openModelStore, tenantsWithModels } from "@footfall/models";
import { type AggregationLake, filesSql, withStagedRows } from "../aggregation-lake.ts";
import { storedProgress } from "../derive/derived-progress.ts";
import { isHourWithin } from "../derive/event-hours.ts";
import type { EventCommits } from "./event-commits.ts";
import { type LedgerScope, ledgerRowsSql, lookaheadMs, lookbackMs } from "./ledger-sql.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A row of `ledger` as it is measured; see the columns of the table. */
export interface LedgerRow {
  readonly tenant: string;
  /** Start of the hour, or of the range. */
  readonly bucket_ms: number;
  readonly events: number;
  readonly history: number;
  readonly unnumbered: number;
  readonly numbered: number;
  readonly missing: number;
  readonly sessions: number;
  readonly sessions_with_gaps: number;
  readonly implausible: number;
  /** Numbers that arrived too short ago to be judged. */
  readonly unsettled: number;
  readonly repeats: number;
  readonly delayed: number;
  readonly model_events: number;
  readonly model_waiting: number;
  readonly log_p50_ms: number | null;
  readonly log_p90_ms: number | null;
  readonly log_p99_ms: number | null;
  readonly lake_p50_ms: number | null;
  readonly lake_p90_ms: number | null;
  readonly lake_p99_ms: number | null;
  readonly model_p50_ms: number | null;
  readonly model_p90_ms: number | null;
  readonly model_p99_ms: number | null;
}

/** What a published model had learnt from, and since when it could be served. */
export interface ModelMark {
  readonly tenant: string;
  readonly published_ms: number;
  readonly events_version: number;
  readonly watermark_ms: number;
  /** Models before it are not kept: what it holds, one of them may have held. */
  readonly is_oldest: boolean;
}

/** The kept models of every tenant. Those whose version of `sessions` cannot be read are left out. */
export async function readModelMarks({ sessions }: AggregationLake, modelsFolder: string): Promise<ModelMark[]> {
  const marks: ModelMark[] = [];
  for (const tenant of await tenantsWithModels(modelsFolder)) {
    const oldestFirst = [...(await openModelStore(modelsFolder, tenant).list())].reverse();
    for (const [index, { manifest, storedAtMs }] of oldestFirst.entries()) {
      const snapshot = await sessions.snapshot(manifest.lakeVersion as LakeVersion).catch(() => undefined);
      if (snapshot === undefined) continue;
      const { eventsVersion, watermarkMs } = storedProgress(snapshot);
      marks.push({
        tenant,
        published_ms: storedAtMs,
        events_version: eventsVersion,
        watermark_ms: Number.isFinite(watermarkMs) ? watermarkMs : 0,
        is_oldest: index === 0 && manifest.parent !== null,
      });
    }
  }
  return marks;
}

/** With the commits to `events` since the start. */
export interface LedgerMeasurement extends LedgerScope, EventCommits {
  readonly models: readonly ModelMark[];
}

/**
 * Measures a range of event times. A function of `events`, its commits and the kept models.
 * @returns rows by tenant and time
 */
export async function measureLedger(
  tables: AggregationLake,
  measurement: LedgerMeasurement,
): Promise<readonly LedgerRow[]> {
  const { startMs, endMs, models } = measurement;
  const events = await tables.events.snapshot();
  const sessions = await tables.sessions.snapshot();
  const files = events.files.filter((file) => isHourWithin(file, startMs - lookbackMs, endMs + lookaheadMs));
  const placed = placedCommits(measurement);
  const measured = await withStagedRows(tables, placed, (commitsPath) =>
    withStagedRows(tables, models, (modelsPath) => {
      const eventsSql = filesSql(tables.events, events, files);
      const sessionFiles = sessions.files.filter((file) => mayHoldSessions(file, startMs, endMs));
      const sessionsSql = filesSql(tables.sessions, sessions, sessionFiles);
      return tables.lake.query<Omit<LedgerRow, "repeats">>(
        ledgerRowsSql(measurement, { eventsSql, sessionsSql, commitsPath, modelsPath }),
      );
    }),
  );
  return withRepeats(measured, measurement);
}

/** Next offsets by commit. What lies before the kept ones was committed at an unknown time. */
function placedCommits({ commits, expired }: EventCommits): readonly object[] {
  const known = commits.map((commit) => ({ ...commit, committed_ms: commit.committedAtMs }));
  const all = expired ? [{ ...expired, committed_ms: null }, ...known] : known;
  return all.flatMap(({ nextOffsets, version, committed_ms }) =>
    [...nextOffsets].map(([log_partition, next_offset]) => {
      return { log_partition, next_offset: Number(next_offset), version, committed_ms };
    }),
  );
}

function mayHoldSessions({ partition }: DataFile, startMs: number, endMs: number): boolean {
  return dateOf(startMs - 2 * dayMs) <= partition["date"]! && partition["date"]! <= dateOf(endMs);
}

/** Repeats have no time of their own in the lake: they count when they were dropped. */
function withRepeats(
  measured: readonly Omit<LedgerRow, "repeats">[],
  { commits, startMs, endMs, per }: LedgerMeasurement,
): LedgerRow[] {
  const rows = new Map<string, LedgerRow>();
  for (const row of measured) rows.set(`${row.tenant} ${row.bucket_ms}`, { ...row, repeats: 0 });
  for (const { committedAtMs, repeats } of commits) {
    if (committedAtMs < startMs || committedAtMs >= endMs) continue;
    const bucketMs = per === "hour" ? Math.floor(committedAtMs / hourMs) * hourMs : startMs;
    for (const [tenant, count] of repeats) {
      const key = `${tenant} ${bucketMs}`;
      const row = rows.get(key) ?? emptyRow(tenant, bucketMs);
      rows.set(key, { ...row, repeats: row.repeats + count });
    }
  }
  return [...rows.values()];
}

function emptyRow(tenant: string, bucketMs: number): LedgerRow {
  const counts = { events: 0, history: 0, unnumbered: 0, numbered: 0, missing: 0, sessions: 0, sessions_with_gaps: 0 };
  const more = { implausible: 0, unsettled: 0, repeats: 0, delayed: 0, model_events: 0, model_waiting: 0 };
  const log = { log_p50_ms: null, log_p90_ms: null, log_p99_ms: null };
  const lake = { lake_p50_ms: null, lake_p90_ms: null, lake_p99_ms: null };
  const model = { model_p50_ms: null, model_p90_ms: null, model_p99_ms: null };
  return { tenant, bucket_ms: bucketMs, ...counts, ...more, ...log, ...lake, ...model };
}
