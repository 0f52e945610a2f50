import { basename, join } from "node:path";
import type { Clock } from "@footfall/base";
import { DeltaLog } from "../delta-log.ts";
import { DurableFiles } from "../durable-file.ts";
import type { Lake, LakeSnapshot, LakeTable } from "../lake.ts";
import { corruptDataFile, missingFile } from "../lake-failure.ts";
import { atOnce } from "./at-once.ts";
import type { BackedUpTable } from "./backup-manifest.ts";
import type { BackupWriter } from "./backup-writer.ts";
import { pinTables } from "./lake-pin.ts";
import { requireSameTables } from "./require-same-tables.ts";

export interface BackUpLakeOptions {
  readonly clock: Clock;
  /** Commit entries this young go into the backup, for history and ledger; none is needed to read it. Default 1 day. */
  readonly historyMs?: number;
  /** For tests: awaited before each file is copied, with its absolute path. */
  readonly beforeCopy?: (path: string) => void | Promise<void>;
}

export interface LakeBackup {
  readonly pinnedAtMs: number;
  readonly tables: readonly BackedUpTable[];
}

interface PinnedTable {
  readonly table: LakeTable;
  readonly snapshot: LakeSnapshot;
}

/** Where tables lie in a backup and in a storage folder. */
const tablesPath = "tables";
const copiesMax = 8;
/** A table with progress of such a name was derived from another one, up to that version of it. */
const sourceVersionId = /-version$/;

/**
 * Copies every table at its newest version, while others go on committing, compacting and vacuuming. Versions are
 * pinned first. The copy is opened and compared before it counts.
 * @throws AppError LAKE_UNAVAILABLE (no room); LAKE_FILE_MISSING, LAKE_FILE_CORRUPT (damage of the lake, with the
 *   file); LAKE_COMMIT_CORRUPT, LAKE_TOO_NEW
 */
export async function backUpLake(lake: Lake, writer: BackupWriter, options: BackUpLakeOptions): Promise<LakeBackup> {
  const { clock } = options;
  const tables = await Promise.all((await lake.tableNames()).map((name) => lake.existingTable(name)));
  const before = await snapshots(tables);
  const pin = await pinTables(lake.root, versionsOf(before), clock);
  try {
    const pinned = await pinOrdered(before);
    const pinnedAtMs = clock();
    const report: BackedUpTable[] = [];
    for (const each of pinned) report.push(await copyTable(each, writer, options));
    const root = await writer.makeFolder(tablesPath);
    await requireSameTables(
      root,
      pinned.map(({ snapshot }) => snapshot),
      clock,
    );
    return { pinnedAtMs, tables: report.sort((a, b) => (a.table < b.table ? -1 : 1)) };
  } finally {
    await pin.release();
  }
}

/**
 * Derived tables first: one that knew of a version which its source lacks would pass over what becomes that version.
 */
async function pinOrdered(before: readonly PinnedTable[]): Promise<readonly PinnedTable[]> {
  const isDerived = ({ snapshot }: PinnedTable) => [...snapshot.progress.keys()].some((id) => sourceVersionId.test(id));
  const derived = await snapshots(before.filter(isDerived).map(({ table }) => table));
  const sources = await snapshots(before.filter((each) => !isDerived(each)).map(({ table }) => table));
  return [...derived, ...sources];
}

async function snapshots(tables: readonly LakeTable[]): Promise<readonly PinnedTable[]> {
  return Promise.all(tables.map(async (table) => ({ table, snapshot: await table.snapshot() })));
}

function versionsOf(pinned: readonly PinnedTable[]): Readonly<Record<string, number>> {
  return Object.fromEntries(pinned.map(({ table, snapshot }) => [table.name, snapshot.version]));
}

async function copyTable(
  { table, snapshot }: PinnedTable,
  writer: BackupWriter,
  options: BackUpLakeOptions,
): Promise<BackedUpTable> {
  const { version, committedAtMs, files } = snapshot;
  const folder = `${tablesPath}/${table.name}`;
  const entries = await copyLog({ table, snapshot }, writer, folder, options);
  await atOnce(copiesMax, files, async (file) => {
    const source = join(table.folder, file.path);
    await options.beforeCopy?.(source);
    const { bytes } = await writer.copy(source, `${folder}/${file.path}`).catch((error: unknown) => {
      throw isAbsent(error) ? missingFile(source, error) : error;
    });
    if (bytes !== file.bytes) {
      throw corruptDataFile(source, `it has ${bytes} bytes where its commit says ${file.bytes}`);
    }
  });
  const sum = (of: "rows" | "bytes") => files.reduce((total, file) => total + file[of], 0);
  return {
    table: table.name,
    version,
    committedAtMs,
    rows: sum("rows"),
    files: files.length,
    bytes: sum("bytes"),
    entries,
  };
}

/** A checkpoint made for the copy, so that it needs no other; then the young entries. @returns how many entries */
async function copyLog(
  { table, snapshot }: PinnedTable,
  writer: BackupWriter,
  folder: string,
  { historyMs = 86_400_000, beforeCopy }: BackUpLakeOptions,
): Promise<number> {
  const logFolder = `${folder}/_delta_log`;
  const tableFolder = await writer.makeFolder(folder);
  await writer.makeFolder(logFolder);
  await table.writeCheckpoint(snapshot.version, tableFolder);
  const checkpoint = new DeltaLog(tableFolder, new DurableFiles()).checkpointPath(snapshot.version);
  for (const name of [basename(checkpoint), "_last_checkpoint"]) await writer.adopt(`${logFolder}/${name}`);
  const source = new DeltaLog(table.folder, new DurableFiles());
  let copied = 0;
  await atOnce(copiesMax, await youngEntries(source, snapshot, historyMs), async (version) => {
    const path = source.entryPath(version);
    await beforeCopy?.(path);
    try {
      await writer.copy(path, `${logFolder}/${basename(path)}`);
      copied += 1;
    } catch (error) {
      // Older ones may expire meanwhile; the pinned one does not.
      if (version === snapshot.version || !isAbsent(error)) throw error;
    }
  });
  return copied;
}

/** Versions of the entries to copy: the pinned one, and those before it that are young. */
async function youngEntries(log: DeltaLog, snapshot: LakeSnapshot, historyMs: number): Promise<readonly number[]> {
  const versions: number[] = [snapshot.version];
  for (let version = snapshot.version - 1; version >= 0; version -= 1) {
    const entry = await log.read(version);
    if (entry === undefined || (entry.committedAtMs ?? 0) < snapshot.committedAtMs - historyMs) break;
    versions.push(version);
  }
  return versions;
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
