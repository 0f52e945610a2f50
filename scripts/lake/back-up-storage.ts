import { existsSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { AppError, systemClock } from "@footfall/base";
import { backUpLake, type BackedUpTable, BackupWriter, openLake } from "@footfall/lake";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { backUpModels } from "@footfall/models";
import { storageFolders } from "@footfall/runtime";

export interface BackUpStorageOptions {
  readonly storage: string;
  /** A new folder outside of it. */
  readonly folder: string;
  readonly historyMs: number;
  /** Whether the log on the local disk is copied, too. */
  readonly withLog: boolean;
}

export interface StorageBackup {
  readonly folder: string;
  readonly pinnedAt: string;
  readonly tables: readonly BackedUpTable[];
  readonly models: number;
  /** Models that are damaged, and are not served. */
  readonly skippedModels: readonly string[];
  /** Parts of the storage folder that are in the backup. */
  readonly parts: readonly string[];
  readonly files: number;
  readonly bytes: number;
}

/**
 * Copies what a storage folder needs to go on elsewhere, while everything runs. The spool and the models come first, so
 * that what they tell of is in the lake, or comes to it again; the log comes last, so that it reaches as far as the
 * lake.
 * @throws AppError LAKE_BACKUP_REFUSED, INPUT_FILE_MISSING (no lake), and what the parts throw
 */
export async function backUpStorage(options: BackUpStorageOptions): Promise<StorageBackup> {
  const storage = resolve(options.storage);
  const folders = storageFolders(storage);
  if (!existsSync(folders.tables)) {
    throw new AppError("INPUT_FILE_MISSING", `There is no lake at ${folders.tables}. Set --storage.`);
  }
  requireOutside(storage, resolve(options.folder));
  const lake = await openLake({ root: folders.tables, clock: systemClock, threads: 1 });
  try {
    const writer = await BackupWriter.open(options.folder);
    try {
      await copyLog(folders.spool, "spool", writer);
      const { models, skipped } = await backUpModels(folders.models, (path, content) =>
        writer.write(`models/${path}`, content),
      );
      await copyKeys(folders.keys, writer);
      const { tables, pinnedAtMs } = await backUpLake(lake, writer, {
        clock: systemClock,
        historyMs: options.historyMs,
      });
      if (options.withLog) await copyLog(folders.log, "log", writer);
      const files = await writer.finish(tables, pinnedAtMs);
      return {
        folder: writer.folder,
        pinnedAt: new Date(pinnedAtMs).toISOString(),
        tables,
        models,
        skippedModels: skipped,
        parts: [...new Set(files.map(({ path }) => path.slice(0, path.indexOf("/"))))],
        files: files.length,
        bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      };
    } catch (error) {
      await writer.discard().catch(() => {});
      throw error;
    }
  } finally {
    await lake.close();
  }
}

function requireOutside(storage: string, folder: string): void {
  const path = relative(storage, folder);
  if (path === ".." || path.startsWith(`..${sep}`) || resolve(path) === path) return;
  throw new AppError(
    "LAKE_BACKUP_REFUSED",
    `Folder ${folder} is inside of the storage folder ${storage}, and would be lost with it. Choose one elsewhere.`,
    { context: { folder } },
  );
}

/** The spool, or the log on the local disk: one committed state of it, where there is any. */
async function copyLog(folder: string, part: "spool" | "log", writer: BackupWriter): Promise<void> {
  const file = "data.mdb";
  if (!existsSync(join(folder, file))) return;
  const log = await openEmbeddedLog({ folder });
  try {
    await log.copyTo(await writer.makeFolder(part));
  } finally {
    await log.close();
  }
  await writer.adopt(`${part}/${file}`);
}

async function copyKeys(folder: string, writer: BackupWriter): Promise<void> {
  const file = "write-keys.json";
  if (existsSync(join(folder, file))) await writer.copy(join(folder, file), `keys/${file}`);
}
