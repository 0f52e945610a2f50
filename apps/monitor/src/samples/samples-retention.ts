import { dateOf, errorCodeOf } from "@footfall/base";
import type { LakeSnapshot, LakeTable } from "@footfall/lake";

const keptFromId = "kept-from";
const dayMs = 86_400_000;

/** Samples before it have been deleted, ms since the epoch; 0: none has. */
export function keptFromMs({ progress }: LakeSnapshot): number {
  const keptFrom = progress.get(keptFromId);
  return keptFrom === undefined ? 0 : Number(keptFrom);
}

/**
 * Deletes whole days of samples that end before a time. Windows stay; those of deleted days can no longer be made anew.
 * @returns files that left the table
 */
export async function deleteSamplesBefore(samples: LakeTable, timeMs: number): Promise<number> {
  const cutMs = Math.floor(timeMs / dayMs) * dayMs;
  const stored = await samples.snapshot();
  const day = dateOf(cutMs);
  const remove = stored.files.filter(({ partition }) => partition["date"]! < day);
  if (remove.length === 0) return 0;
  try {
    const progress = new Map([[keptFromId, BigInt(Math.max(cutMs, keptFromMs(stored)))]]);
    await samples.commit({ add: [], remove, progress, operation: "expire" });
  } catch (error) {
    // Merged meanwhile; the next round finds the merged files.
    if (errorCodeOf(error) !== "LAKE_COMMIT_CONFLICT") throw error;
    return 0;
  }
  return remove.length;
}
