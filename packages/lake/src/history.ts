import { DeltaLog } from "./delta-log.ts";
import { DurableFiles } from "./durable-file.ts";
import type { LakeTable, LakeVersion } from "./lake.ts";

export interface HistoryEntry {
  readonly version: LakeVersion;
  readonly committedAtMs: number | undefined;
  readonly operation: string;
  readonly filesAdded: number;
  readonly filesRemoved: number;
  readonly rowsAdded: number;
  readonly progress: ReadonlyMap<string, bigint>;
}

/**
 * The newest commits of a table, newest first.
 * @param sinceMs  ends before the first one that was committed earlier, ms since the epoch
 * @throws AppError LAKE_COMMIT_CORRUPT
 */
export async function tableHistory(
  table: LakeTable,
  entriesMax: number,
  sinceMs = Number.NEGATIVE_INFINITY,
): Promise<readonly HistoryEntry[]> {
  const { version: newest } = await table.snapshot();
  const log = new DeltaLog(table.folder, new DurableFiles());
  const history: HistoryEntry[] = [];
  for (let version: number = newest; version >= 0 && history.length < entriesMax; version -= 1) {
    const entry = await log.read(version);
    if (entry === undefined || (entry.committedAtMs ?? sinceMs) < sinceMs) break;
    history.push({
      version: version as LakeVersion,
      committedAtMs: entry.committedAtMs,
      operation: entry.operation ?? "",
      filesAdded: entry.add.length,
      filesRemoved: entry.remove.length,
      rowsAdded: entry.add.reduce((sum, { file }) => sum + file.rows, 0),
      progress: entry.progress,
    });
  }
  return history;
}
