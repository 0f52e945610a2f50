import { assertInvariant } from "@footfall/base";
import type { EventLog, LogBatch, PartitionOffset, TopicPartition } from "@footfall/log";

/** Name under which a sink stores the next offset of a partition. */
export function offsetId({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

/** Where a partition is taken up, by what the sink has stored and the log holds. */
export interface PartitionStart extends PartitionOffset {
  /** Undefined where the sink has stored nothing of it yet: then the log is read from its start. */
  readonly stored: bigint | undefined;
  /** Records that waited when it was looked up. */
  readonly lag: number;
}

/** Looks up where partitions are taken up. Whatever the group acknowledged, the sink's own offsets count (I3). */
export async function partitionStarts(
  log: Pick<EventLog, "offsets">,
  held: readonly TopicPartition[],
  progress: ReadonlyMap<string, bigint>,
): Promise<readonly PartitionStart[]> {
  const starts: PartitionStart[] = [];
  for (const topic of new Set(held.map((place) => place.topic))) {
    const kept = await log.offsets(topic);
    for (const place of held) {
      if (place.topic !== topic) continue;
      const { startOffset, endOffset } = kept[place.partition]!;
      const stored = progress.get(offsetId(place));
      const offset = stored ?? startOffset;
      starts.push({ ...place, stored, offset, lag: Number(endOffset - offset) });
    }
  }
  return starts;
}

/**
 * How far each partition held has been taken in, and how far the sink has stored it. A batch of another partition, or
 * one that does not go on where the last one ended, would leave a hole: it is a broken invariant.
 */
export class PartitionProgress {
  readonly #next = new Map<string, bigint>();
  readonly #stored = new Map<string, bigint | undefined>();
  readonly #acks = new Map<string, () => Promise<void>>();
  readonly starts: readonly PartitionOffset[];

  constructor(starts: readonly PartitionStart[]) {
    this.starts = starts.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
    for (const start of starts) {
      this.#next.set(offsetId(start), start.offset);
      this.#stored.set(offsetId(start), start.stored);
    }
  }

  /** Notes that a batch is being taken in. */
  advance(batch: LogBatch): void {
    const id = offsetId(batch);
    const next = this.#next.get(id);
    assertInvariant(next !== undefined, `a batch of ${id} came, of which there is no state`);
    assertInvariant(batch.startOffset === next, `${id} goes on at ${next}, but a batch began at ${batch.startOffset}`);
    this.#next.set(id, batch.nextOffset);
    this.#acks.set(id, () => batch.ack());
  }

  /** What the sink is to store with the data: the offsets that have moved. */
  change(): Map<string, bigint> {
    const change = new Map<string, bigint>();
    for (const { topic, partition, offset } of this.starts) {
      const id = offsetId({ topic, partition });
      const next = this.#next.get(id)!;
      if (next !== (this.#stored.get(id) ?? offset)) change.set(id, next);
    }
    return change;
  }

  /** What the sink must hold now, if nobody has overtaken this writer. */
  expected(): ReadonlyMap<string, bigint | undefined> {
    return this.#stored;
  }

  /** The sink has stored a change. What the group is told is only a hint, so nothing is lost where it fails. */
  async stored(change: ReadonlyMap<string, bigint>): Promise<void> {
    for (const id of this.#stored.keys()) {
      const next = change.get(id);
      if (next !== undefined) this.#stored.set(id, next);
    }
    const acks = [...this.#acks.values()];
    this.#acks.clear();
    for (const ack of acks) await ack().catch(() => {});
  }
}
