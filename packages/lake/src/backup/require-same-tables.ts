import { rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError, type Clock } from "@footfall/base";
import type { LakeSnapshot } from "../lake.ts";
import { openLake } from "../open-lake.ts";

/**
 * Opens copies of tables as any reader does, and holds them against what was pinned: version, progress, files, and the
 * rows that the files themselves say they have.
 * @param root  folder of the copies
 * @throws AppError LAKE_FILE_CORRUPT (a data file was damaged before it was copied), LAKE_BACKUP_CORRUPT
 */
export async function requireSameTables(root: string, pinned: readonly LakeSnapshot[], clock: Clock): Promise<void> {
  const copies = await openLake({ root, clock, threads: 1, memoryLimitMb: 512 });
  try {
    for (const expected of pinned) {
      const found = await (await copies.existingTable(expected.table)).snapshot();
      if (summary(found) !== summary(expected)) throw differs(expected, `its log tells version ${found.version}`);
      const rows = expected.files.reduce((sum, file) => sum + file.rows, 0);
      // Other programs may write files without saying how many rows they hold.
      if (expected.files.some((file) => file.rows === 0)) continue;
      const [counted] = await copies.query<{ n: number }>(`SELECT count(*) AS n FROM "${expected.table}"`);
      if (counted?.n !== rows) throw differs(expected, `it has ${counted?.n} rows instead of ${rows}`);
    }
  } finally {
    await copies.close();
    for (const name of [".staging", ".spill"]) await rm(join(root, name), { recursive: true, force: true });
  }
}

function summary({ version, progress, files }: LakeSnapshot): string {
  const named = files.map(({ path, rows, bytes }) => `${path} ${rows} ${bytes}`).sort();
  return JSON.stringify([version, [...progress].map(([id, value]) => `${id} ${value}`).sort(), named]);
}

function differs({ table, version }: LakeSnapshot, how: string): AppError {
  return new AppError(
    "LAKE_BACKUP_CORRUPT",
    `The copy of table ${table} is not its version ${version}: ${how}. No backup was made; try again.`,
    { context: { table, version } },
  );
}
