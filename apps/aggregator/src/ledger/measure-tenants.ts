import type { Lake } from "@footfall/lake";
import { openAggregationLake } from "../aggregation-lake.ts";
import { type EventCommit, readEventCommits } from "./event-commits.ts";
import { type LedgerRow, measureLedger, readModelMarks } from "./measure-ledger.ts";

/** What became of the log's records: records = stored + repeats + unreadable + unaccounted. */
export interface RecordAccount {
  readonly records: number;
  readonly stored: number;
  readonly repeats: number;
  readonly unreadable: number;
  /** Deleted by the log's retention before they were read; otherwise 0. */
  readonly unaccounted: number;
}

/**
 * Measures a range of event times, a row a tenant, and what was committed during it.
 * @throws AppError LAKE_TABLE_UNKNOWN  nothing was ever taken in
 */
export async function measureTenants(
  lake: Lake,
  options: { readonly startMs: number; readonly endMs: number; readonly judgedUntilMs: number; modelsFolder: string },
): Promise<{ readonly rows: readonly LedgerRow[]; readonly records: RecordAccount }> {
  const { startMs, endMs, judgedUntilMs, modelsFolder } = options;
  await lake.existingTable("events");
  const tables = await openAggregationLake(lake);
  const read = await readEventCommits(tables.events, startMs);
  const models = await readModelMarks(tables, modelsFolder);
  const scope = { startMs, endMs, per: "range", judgedUntilMs } as const;
  const rows = await measureLedger(tables, { ...scope, ...read, models });
  return { rows, records: accountRecords(read.commits.filter((commit) => isWithin(commit, options))) };
}

function isWithin({ committedAtMs }: EventCommit, { startMs, endMs }: { startMs: number; endMs: number }): boolean {
  return committedAtMs >= startMs && committedAtMs < endMs;
}

function accountRecords(commits: readonly EventCommit[]): RecordAccount {
  const sum = (of: (commit: EventCommit) => number) => commits.reduce((total, commit) => total + of(commit), 0);
  const [records, stored, unreadable] = [
    sum((commit) => commit.records),
    sum((commit) => commit.stored),
    sum((commit) => commit.unreadable),
  ];
  const repeats = sum((commit) => [...commit.repeats.values()].reduce((total, count) => total + count, 0));
  return { records, stored, repeats, unreadable, unaccounted: records - stored - repeats - unreadable };
}
