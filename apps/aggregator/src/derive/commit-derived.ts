import { commitRewrite, type FileChange, type LakeSnapshot, type LakeTable } from "@footfall/lake";
import { type DerivedProgress, progressChange } from "./derived-progress.ts";

/** The states of a derived table before and after a commit. */
export interface DerivedMove {
  readonly from: DerivedProgress;
  readonly to: DerivedProgress;
}

/** As `commitRewrite`, of a table that is derived from `events`. */
export function commitDerived(
  table: LakeTable,
  { from, to }: DerivedMove,
  write: (stored: LakeSnapshot) => Promise<FileChange>,
): Promise<number> {
  return commitRewrite(table, progressChange(from, to), write);
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
