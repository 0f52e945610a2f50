import type { PartitionOffsets } from "@footfall/log";
import type { TailPosition } from "./tail-position.ts";

export interface ResumePoint {
  /** Of every partition. */
  readonly position: TailPosition;
  /** Why lines are missing; absent where none are. */
  readonly missed?: string;
}

/**
 * Where a live tail goes on after a position: there, unless the log no longer reaches so far back, is another one, or
 * holds too much since. A partition that the position does not know has come since, and is read from its beginning.
 */
export function resumeAt(after: TailPosition, offsets: readonly PartitionOffsets[], recordsMax: number): ResumePoint {
  const ends = new Map(offsets.map(({ endOffset }, partition) => [partition, endOffset]));
  const isOther = [...after].some(([partition, offset]) => offset > (ends.get(partition) ?? -1n));
  if (isOther) {
    return { position: ends, missed: "Another log took the place of the one that was read: lines may be missing." };
  }
  const wanted = offsets.map(({ startOffset }, partition) => after.get(partition) ?? startOffset);
  const position = new Map(
    offsets.map(({ startOffset }, partition) => {
      const from = wanted[partition]!;
      return [partition, from < startOffset ? startOffset : from] as const;
    }),
  );
  const since = [...position].reduce((sum, [partition, from]) => sum + (ends.get(partition)! - from), 0n);
  if (since > BigInt(recordsMax)) {
    const count = since.toLocaleString("en");
    return { position: ends, missed: `${count} lines came meanwhile, too many to read again; search to see them.` };
  }
  const deleted = offsets.reduce((sum, { startOffset }, partition) => {
    const from = wanted[partition]!;
    return sum + (from < startOffset ? startOffset - from : 0n);
  }, 0n);
  if (deleted === 0n) return { position };
  return { position, missed: `${deleted.toLocaleString("en")} lines were deleted before they could be read again.` };
}
