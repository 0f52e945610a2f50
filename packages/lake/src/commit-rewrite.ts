import { AppError } from "@footfall/base";
import type { DataFile, LakeCommit, LakeSnapshot, LakeTable } from "./lake.ts";

/** A change that reads files to replace them is redone when one of them was replaced in the meantime. */
const attemptsMax = 20;

/** Files that take the place of others. */
export interface FileChange {
  readonly add: readonly DataFile[];
  readonly remove: readonly DataFile[];
}

/**
 * Commits what `write` has written together with the table's progress; writes anew, reading anew, as long as the commit
 * ends in LAKE_COMMIT_CONFLICT.
 * @param write  takes the table as it is stored
 * @returns rows written
 * @throws AppError LAKE_WRITER_FENCED  another process has moved the table on
 */
export async function commitRewrite(
  table: LakeTable,
  progress: Pick<LakeCommit, "progress" | "expectedProgress">,
  write: (stored: LakeSnapshot) => Promise<FileChange>,
): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { add, remove } = await write(await table.snapshot());
      const operation = remove.length > 0 ? "upsert" : "append";
      await table.commit({ add, remove, ...progress, operation });
      return add.reduce((sum, file) => sum + file.rows, 0);
    } catch (error) {
      const isConflict = error instanceof AppError && error.code === "LAKE_COMMIT_CONFLICT";
      if (!isConflict || attempt >= attemptsMax) throw error;
    }
  }
}
