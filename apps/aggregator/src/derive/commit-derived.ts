import { AppError } from "@footfall/base";
import type { DataFile, LakeSnapshot, LakeTable } from "@footfall/lake";
import { type DerivedProgress, progressChange } from "./derived-progress.ts";

/** A change that reads files to replace them is redone when one of them was replaced in the meantime. */
const attemptsMax = 20;

/** Files that take the place of others. */
export interface FileChange {
  readonly add: readonly DataFile[];
  readonly remove: readonly DataFile[];
}

/** The states of a derived table before and after a commit. */
export interface DerivedMove {
  readonly from: DerivedProgress;
  readonly to: DerivedProgress;
}

/**
 * Commits what `write` has written together with the table's progress; writes anew, reading anew, as long as the commit
 * ends in LAKE_COMMIT_CONFLICT.
 * @param write  takes the table as it is stored
 * @returns rows written
 * @throws AppError LAKE_WRITER_FENCED  another process has moved the table on
 */
export async function commitDerived(
  table: LakeTable,
  { from, to }: DerivedMove,
  write: (stored: LakeSnapshot) => Promise<FileChange>,
): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { add, remove } = await write(await table.snapshot());
      const operation = remove.length > 0 ? "upsert" : "append";
      await table.commit({ add, remove, ...progressChange(from, to), operation });
      return add.reduce((sum, file) => sum + file.rows, 0);
    } catch (error) {
      const isConflict = error instanceof AppError && error.code === "LAKE_COMMIT_CONFLICT";
      if (!isConflict || attempt >= attemptsMax) throw error;
    }
  }
}

/** As `commitDerived`, for tables whose files all give way where other rules have made them: `write` sees none then. */
export async function commitFunctionOfEvents(
  table: LakeTable,
  move: DerivedMove,
  write: (stored: LakeSnapshot) => Promise<FileChange>,
): Promise<number> {
  if (move.from.outdated === undefined) return commitDerived(table, move, write);
  return commitDerived(table, move, async (stored) => {
    const { add } = await write({ ...stored, files: [] });
    return { add, remove: stored.files };
  });
}
