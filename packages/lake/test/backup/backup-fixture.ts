import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { type Lake, type LakeTable, openLake, restoreBackup, type TableSchema, vacuum } from "../../src/index.ts";
import { backUpLake, type BackUpLakeOptions, BackupWriter, type BackupManifest } from "../../src/index.ts";
import { startMs } from "../readings.ts";

export const numbers: TableSchema = {
  name: "numbers",
  columns: [{ name: "id", type: "long", description: "Unique." }],
  partitionColumns: [{ name: "bucket", type: "string", description: "Any." }],
};

/** A backup of a lake alone, as the command makes it. */
export async function backUp(lake: Lake, folder: string, options: BackUpLakeOptions): Promise<void> {
  const writer = await BackupWriter.open(folder);
  const { tables, pinnedAtMs } = await backUpLake(lake, writer, options);
  await writer.finish(tables, pinnedAtMs);
}

export async function append(lake: Lake, table: LakeTable, ids: readonly number[], bucket = "a"): Promise<void> {
  const rows = ids.map((id) => ({ id, bucket }));
  const add = await lake.writeSmall(table, rows);
  const next = ((await table.snapshot()).progress.get("clicks-0") ?? 0n) + BigInt(ids.length);
  await table.commit({ add, progress: new Map([["clicks-0", next]]), operation: "append" });
}

export async function idsOf(lake: Lake): Promise<readonly number[]> {
  return (await lake.query<{ id: number }>("SELECT id FROM numbers ORDER BY id")).map(({ id }) => id);
}

/** Deletes all that may go: files are dated back, for they have the clock of the file system. */
export async function vacuumAll(table: LakeTable, clock: () => number): Promise<number> {
  for (const name of await readdir(table.folder, { recursive: true })) {
    if (name.endsWith(".parquet")) await utimes(join(table.folder, name), startMs / 1000 - 1, startMs / 1000 - 1);
  }
  return (await vacuum(table, { graceMs: 0, clock })).filesRemoved;
}

export interface Restored {
  readonly lake: Lake;
  readonly manifest: BackupManifest;
}

export async function restore(folder: string, storageDir: string, clock: () => number): Promise<Restored> {
  const manifest = await restoreBackup({ folder, storageDir });
  return { manifest, lake: await openLake({ root: join(storageDir, "tables"), clock, threads: 1 }) };
}
