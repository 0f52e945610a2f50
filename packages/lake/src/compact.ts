import { rm } from "node:fs/promises";
import { join } from "node:path";
import { errorCodeOf } from "@footfall/base";
import { wrongRowCount } from "./duckdb-writer.ts";
import type { DataFile, Lake, LakeTable } from "./lake.ts";
import { relationSql } from "./lake-relation.ts";

export interface CompactOptions {
  /** Files below this are merged, into files of about this size. */
  readonly targetBytes: number;
  /** Leaves files alone that were added at or after this time, ms since the epoch: partitions still being written. */
  readonly addedBeforeMs?: number;
}

export interface CompactionReport {
  readonly filesBefore: number;
  readonly filesAfter: number;
}

const attemptsMax = 5;

/**
 * Merges the small files of each partition: one commit per merged file that removes and adds without changing a row, so
 * readers of older versions are undisturbed (the old files stay until `vacuum`). A writer that removes one of the files
 * meanwhile wins; the partition is then looked at again.
 * @throws AppError LAKE_FILE_MISSING, LAKE_FILE_CORRUPT, LAKE_UNAVAILABLE
 */
export async function compact(lake: Lake, table: LakeTable, options: CompactOptions): Promise<CompactionReport> {
  let filesBefore = 0;
  let filesAfter = 0;
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const { files } = await table.snapshot();
    let hasLost = false;
    for (const group of mergeableGroups(files, options)) {
      if (await mergeFiles(lake, table, group)) {
        filesBefore += group.length;
        filesAfter += 1;
      } else hasLost = true;
    }
    if (!hasLost) break;
  }
  return { filesBefore, filesAfter };
}

/** Groups of at least two small files of one partition that together make about one file of the wanted size. */
export function mergeableGroups(files: readonly DataFile[], options: CompactOptions): readonly DataFile[][] {
  const { targetBytes, addedBeforeMs = Infinity } = options;
  const open = new Map<string, { group: DataFile[]; bytes: number }>();
  const groups: DataFile[][] = [];
  for (const file of files) {
    if (file.bytes >= targetBytes || (file.addedAtMs ?? 0) >= addedBeforeMs) continue;
    const key = JSON.stringify(file.partition);
    let current = open.get(key);
    if (current === undefined || current.bytes + file.bytes > targetBytes) {
      current = { group: [], bytes: 0 };
      open.set(key, current);
      groups.push(current.group);
    }
    current.group.push(file);
    current.bytes += file.bytes;
  }
  return groups.filter((group) => group.length > 1);
}

/** Returns false when another writer removed one of the files first. */
async function mergeFiles(lake: Lake, table: LakeTable, group: readonly DataFile[]): Promise<boolean> {
  const merged = await lake.writeBulk(table, { sql: relationSql(table.folder, table.schema, group) });
  const rows = (files: readonly DataFile[]) => files.reduce((sum, file) => sum + file.rows, 0);
  try {
    if (rows(merged) !== rows(group)) throw wrongRowCount(table.folder, rows(group), rows(merged));
    await table.commit({ add: merged, remove: group, operation: "compact", changesData: false });
    return true;
  } catch (error) {
    const isRefused = errorCodeOf(error) === "LAKE_COMMIT_CONFLICT" || errorCodeOf(error) === "LAKE_ROW_COUNT_MISMATCH";
    if (isRefused) for (const file of merged) await rm(join(table.folder, file.path), { force: true });
    if (errorCodeOf(error) === "LAKE_COMMIT_CONFLICT") return false;
    throw error;
  }
}
