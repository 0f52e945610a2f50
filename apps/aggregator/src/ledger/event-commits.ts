import { topics } from "@footfall/events";
import { type HistoryEntry, type LakeTable, type LakeVersion, tableHistory } from "@footfall/lake";
import { countOfId } from "./repeat-counts.ts";

/** What one commit to `events` did to the log's partitions. */
export interface EventCommit {
  readonly version: number;
  readonly committedAtMs: number;
  /** Next offset of each partition that it moved. */
  readonly nextOffsets: ReadonlyMap<number, bigint>;
  /** Records that it moved past, of partitions whose offset was known before; with their fates below. */
  readonly records: number;
  readonly stored: number;
  readonly repeats: ReadonlyMap<string, number>;
  readonly unreadable: number;
}

/** A clock may have been this wrong for a while; commits so much earlier are still looked at. */
const clockErrorMs = 2 * 3_600_000;
const commitsMax = 10_000_000;
const partitionId = new RegExp(`^${topics.clicks}-(\\d+)$`);

/**
 * The commits to `events` since a time that moved offsets, oldest first. Their entries are kept for ever, so what is
 * derived from them can be derived again.
 */
export async function readEventCommits(events: LakeTable, sinceMs: number): Promise<readonly EventCommit[]> {
  const entries = [...(await tableHistory(events, commitsMax, sinceMs - clockErrorMs))].reverse();
  const first = entries[0]?.version ?? 0;
  const before = first > 0 ? (await events.snapshot((first - 1) as LakeVersion)).progress : new Map<string, bigint>();
  const progress = new Map(before);
  const commits: EventCommit[] = [];
  for (const entry of entries) {
    if ([...entry.progress.keys()].some((id) => partitionId.test(id))) commits.push(eventCommit(entry, progress));
    for (const [id, value] of entry.progress) progress.set(id, value);
  }
  return commits;
}

function eventCommit(entry: HistoryEntry, before: ReadonlyMap<string, bigint>): EventCommit {
  const nextOffsets = new Map<number, bigint>();
  const repeats = new Map<string, number>();
  let unreadable = 0;
  let records = 0;
  let hasUnknownStart = false;
  for (const [id, value] of entry.progress) {
    const partition = partitionId.exec(id)?.[1];
    const count = countOfId(id);
    const moved = Number(value - (before.get(id) ?? 0n));
    if (partition !== undefined) {
      nextOffsets.set(Number(partition), value);
      records += moved;
      hasUnknownStart ||= !before.has(id);
    } else if (count?.of === "repeats") {
      repeats.set(count.tenant, (repeats.get(count.tenant) ?? 0) + moved);
    } else if (count?.of === "unreadable") {
      unreadable += moved;
    }
  }
  const dealtWith = entry.rowsAdded + unreadable + [...repeats.values()].reduce((sum, count) => sum + count, 0);
  return {
    version: entry.version,
    committedAtMs: entry.committedAtMs ?? 0,
    nextOffsets,
    // Where a partition was first taken in, the log may have begun later than at 0.
    records: hasUnknownStart ? dealtWith : records,
    stored: entry.rowsAdded,
    repeats,
    unreadable,
  };
}
