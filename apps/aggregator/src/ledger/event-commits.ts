import { topics } from "@footfall/events";
import { type HistoryEntry, type LakeTable, type LakeVersion, tableHistory } from "@footfall/lake";
import { errorCodeOf } from "@footfall/base";
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

/** Where the entries of `events` begin that are kept. */
export interface ExpiredCommits {
  /** The first version that can still be read. What its own commit did is not known any more. */
  readonly version: number;
  readonly committedAtMs: number;
  /** Next offset of each partition then. */
  readonly nextOffsets: ReadonlyMap<number, bigint>;
}

export interface EventCommits {
  /** Oldest first. */
  readonly commits: readonly EventCommit[];
  /** Set where entries since the time asked for have expired: the commits are those that came after it. */
  readonly expired?: ExpiredCommits;
}

/** The commits to `events` since a time that moved offsets. */
export async function readEventCommits(events: LakeTable, sinceMs: number): Promise<EventCommits> {
  const entries = [...(await tableHistory(events, commitsMax, sinceMs - clockErrorMs))].reverse();
  let before = await progressAt(events, (entries[0]?.version ?? 0) - 1);
  let expired: ExpiredCommits | undefined;
  // An expiry that was broken off may have left entries that no state leads to.
  for (let first = entries[0]; before === undefined && first !== undefined; first = entries[0]) {
    entries.shift();
    before = await progressAt(events, first.version);
    expired = { version: first.version, committedAtMs: first.committedAtMs ?? 0, nextOffsets: offsetsOf(before) };
  }
  const progress = new Map(before);
  const commits: EventCommit[] = [];
  for (const entry of entries) {
    if ([...entry.progress.keys()].some((id) => partitionId.test(id))) commits.push(eventCommit(entry, progress));
    for (const [id, value] of entry.progress) progress.set(id, value);
  }
  return { commits, ...(expired && { expired }) };
}

/** The progress of a version; undefined where it has expired. */
async function progressAt(events: LakeTable, version: number): Promise<ReadonlyMap<string, bigint> | undefined> {
  if (version < 0) return new Map();
  try {
    return (await events.snapshot(version as LakeVersion)).progress;
  } catch (error) {
    if (errorCodeOf(error) === "LAKE_VERSION_UNKNOWN") return undefined;
    throw error;
  }
}

function offsetsOf(progress: ReadonlyMap<string, bigint> | undefined): ReadonlyMap<number, bigint> {
  const offsets = new Map<number, bigint>();
  for (const [id, value] of progress ?? []) {
    const partition = partitionId.exec(id)?.[1];
    if (partition !== undefined) offsets.set(Number(partition), value);
  }
  return offsets;
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
