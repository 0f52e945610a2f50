import type { Dirent } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Clock } from "@footfall/base";
import { pinnedVersion } from "./backup/lake-pin.ts";
import { DeltaLog } from "./delta-log.ts";
import { DurableFiles } from "./durable-file.ts";
import type { LakeTable } from "./lake.ts";
import { translateStorageError } from "./lake-failure.ts";

export interface VacuumOptions {
  /**
   * Versions committed within this time stay readable, and files younger than it are kept. Must exceed the longest
   * query and the longest time between the writing of a file and its commit.
   */
  readonly graceMs: number;
  readonly clock: Clock;
}

export interface VacuumReport {
  readonly filesRemoved: number;
  readonly bytesRemoved: number;
}

/**
 * Removes data files that no retained version names (replaced ones, leftovers of a crash) and temporary files. The one
 * place that lists folders: what it finds is only ever deleted, never read. What a backup under way has pinned stays.
 * @throws AppError LAKE_UNAVAILABLE, LAKE_COMMIT_CORRUPT, LAKE_TOO_NEW
 */
export async function vacuum(table: LakeTable, options: VacuumOptions): Promise<VacuumReport> {
  await table.assertWritable();
  const cutoffMs = options.clock() - options.graceMs;
  // Listed before the log is read: a file committed in between is then found in the snapshot.
  const candidates = await listFiles(table.folder);
  const keep = await retainedPaths(table, cutoffMs, options.clock);
  let filesRemoved = 0;
  let bytesRemoved = 0;
  for (const path of candidates) {
    if (keep.has(relative(table.folder, path).split(sep).join("/"))) continue;
    try {
      const { mtimeMs, size } = await stat(path);
      if (mtimeMs >= cutoffMs) continue;
      await rm(path);
      filesRemoved += 1;
      bytesRemoved += size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw translateStorageError(error, path);
    }
  }
  return { filesRemoved, bytesRemoved };
}

/** Data files and temporary files of a table; of the log's folder only the temporary files. */
async function listFiles(tableFolder: string): Promise<readonly string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(tableFolder, { recursive: true, withFileTypes: true });
  } catch (error) {
    throw translateStorageError(error, tableFolder);
  }
  const logFolder = join(tableFolder, "_delta_log");
  return entries
    .filter((entry) => entry.isFile())
    .filter(({ name, parentPath }) => name.endsWith(".tmp") || (name.endsWith(".parquet") && parentPath !== logFolder))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Paths of the newest version, and of every file that left the table at or after the cut-off or a pinned version. */
async function retainedPaths(table: LakeTable, cutoffMs: number, clock: Clock): Promise<Set<string>> {
  const { version, files } = await table.snapshot();
  // Read after the snapshot: whoever pins later sees this version at least, and loses none of its files.
  const pinned = (await pinnedVersion(table, clock)) ?? Infinity;
  const paths = new Set(files.map((file) => file.path));
  const log = new DeltaLog(table.folder, new DurableFiles());
  for (let current: number = version; current >= 0; current -= 1) {
    const entry = await log.read(current);
    if (entry === undefined || ((entry.committedAtMs ?? 0) < cutoffMs && current <= pinned)) break;
    for (const path of entry.remove) paths.add(path);
  }
  return paths;
}
