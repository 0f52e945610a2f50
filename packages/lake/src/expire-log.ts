import { rm } from "node:fs/promises";
import type { Clock } from "@footfall/base";
import { pinnedVersion } from "./backup/lake-pin.ts";
import { corruptCommit } from "./commit-entry.ts";
import { DeltaLog } from "./delta-log.ts";
import { DurableFiles } from "./durable-file.ts";
import type { Lake, LakeTable } from "./lake.ts";
import { translateStorageError } from "./lake-failure.ts";
import { literalPath } from "./quote-path.ts";

export interface ExpireLogOptions {
  /** Versions that were the newest within this time stay readable. Delta's `logRetentionDuration`: 30 days. */
  readonly retentionMs: number;
  readonly clock: Clock;
  /** For crash tests: called before each file is deleted. */
  readonly beforeDelete?: (path: string) => void;
}

export const logRetentionDefaultMs = 30 * 24 * 3_600_000;

/**
 * Deletes commit entries and checkpoints older than the retention, as far as a checkpoint makes them dispensable: the
 * newest one that is itself older, and not later than what a backup has pinned. What comes from it on stays, so every
 * version within the retention can be read. Goes from the oldest on: a crash leaves fewer old entries, never a gap
 * among those that count.
 * @throws AppError LAKE_UNAVAILABLE; LAKE_FILE_CORRUPT, LAKE_COMMIT_CORRUPT (the checkpoint), LAKE_TOO_NEW
 */
export async function expireLog(
  lake: Lake,
  table: LakeTable,
  { retentionMs, clock, beforeDelete = () => {} }: ExpireLogOptions,
): Promise<{ readonly entriesRemoved: number }> {
  await table.assertWritable();
  const log = new DeltaLog(table.folder, new DurableFiles());
  const hint = await log.lastCheckpoint();
  const { entries, checkpoints } = await log.versions();
  const cutoffMs = clock() - retentionMs;
  const newestBase = Math.min(hint ?? -1, (await pinnedVersion(table, clock)) ?? Infinity);
  let base: number | undefined;
  // A clock set back may have dated a later entry earlier: the first young one ends it.
  for (const version of entries) {
    if (version > newestBase) break;
    const entry = await log.read(version);
    if ((entry?.committedAtMs ?? Infinity) >= cutoffMs) break;
    if (checkpoints.includes(version)) base = version;
  }
  if (base === undefined) return { entriesRemoved: 0 };
  const isDispensable = (version: number): boolean => version < base;
  const paths = [
    ...entries.filter(isDispensable).map((version) => log.entryPath(version)),
    ...checkpoints.filter(isDispensable).map((version) => log.checkpointPath(version)),
  ];
  if (paths.length > 0) await readWhole(lake, log.checkpointPath(base));
  try {
    for (const path of paths) {
      beforeDelete(path);
      await rm(path, { force: true });
    }
  } catch (error) {
    throw translateStorageError(error, log.folder);
  }
  return { entriesRemoved: entries.filter(isDispensable).length };
}

/** What makes others dispensable must be sound. */
async function readWhole(lake: Lake, path: string): Promise<void> {
  const sql = `SELECT count(protocol) AS protocols, count(metaData) AS schemas,
    sum(length(add::VARCHAR) + length(txn::VARCHAR)) AS rest FROM read_parquet($path)`;
  const [row] = await lake.query<{ protocols: number; schemas: number }>(sql, {
    parameters: { path: literalPath(path) },
  });
  if (row?.protocols !== 1 || row.schemas !== 1) throw corruptCommit(path, "the checkpoint is incomplete");
}
