import { AppError, assertInvariant } from "@footfall/base";
import type { EventLog, LogBatch, LogRecord, PartitionOffset, TopicPartition } from "@footfall/log";
import { isFingerprintAt, recordFingerprint, type RecordMark, requireSameLog } from "./log-identity.ts";

/** Name under which a sink stores the next offset of a partition. */
export function offsetId({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

/** Name under which it stores what the record before that offset looks like; 0 where that is not known. */
export function fingerprintId(place: TopicPartition): string {
  return `${offsetId(place)}.record`;
}

/** Where a partition is taken up, by what the sink has stored and the log holds. */
export interface PartitionStart extends PartitionOffset {
  /** Undefined where the sink has stored nothing of it yet: then the log is read from its start. */
  readonly stored: bigint | undefined;
  /** Records that waited when it was looked up. */
  readonly lag: number;
  /** The last record that the sink has stored, where it says what that looks like. */
  readonly mark: RecordMark | undefined;
}

/**
 * Looks up where partitions are taken up. Whatever the group acknowledged, the sink's own offsets count (I3).
 * @throws AppError LOG_REPLACED  they are of another log
 */
export async function partitionStarts(
  log: Pick<EventLog, "offsets" | "read">,
  held: readonly TopicPartition[],
  progress: ReadonlyMap<string, bigint>,
): Promise<readonly PartitionStart[]> {
  const starts: PartitionStart[] = [];
  for (const topic of new Set(held.map((place) => place.topic))) {
    const kept = await log.offsets(topic);
    for (const place of held) {
      if (place.topic !== topic) continue;
      const { startOffset, endOffset } = kept[place.partition] ?? notKnownYet(place);
      const stored = progress.get(offsetId(place));
      const offset = stored ?? startOffset;
      const fingerprint = progress.get(fingerprintId(place)) ?? 0n;
      const isKnown = stored !== undefined && isFingerprintAt(fingerprint, stored - 1n);
      const mark = isKnown ? { ...place, next: stored, fingerprint } : undefined;
      // Without a fingerprint (an older program wrote none) only a log that is too short can be told.
      if (stored !== undefined) await requireSameLog(log, mark ?? { ...place, next: stored, fingerprint: undefined });
      starts.push({ ...place, stored, offset, lag: Number(endOffset - offset), mark });
    }
  }
  return starts;
}

/** Of a partition that was just added. @throws AppError LOG_UNAVAILABLE (retriable) */
function notKnownYet({ topic, partition }: TopicPartition): never {
  const message = `${topic}/${partition} is not known to all brokers yet.`;
  throw new AppError("LOG_UNAVAILABLE", message, { retriable: true, context: { topic, partition } });
}

/**
 * How far each partition held has been taken in, and how far the sink has stored it. A batch of another partition, or
 * one that does not go on where the last one ended, would leave a hole: it is a broken invariant.
 */
export class PartitionProgress {
  readonly #next = new Map<string, bigint>();
  readonly #stored = new Map<string, bigint | undefined>();
  readonly #acks = new Map<string, () => Promise<void>>();
  /** The last record taken in of each partition. */
  readonly #newest = new Map<string, LogRecord>();
  /** Records that the sink has stored, by partition: those to look for next, and the newest. */
  #marks = new Map<string, RecordMark>();
  readonly #storedMarks = new Map<string, RecordMark>();
  readonly starts: readonly PartitionOffset[];

  constructor(starts: readonly PartitionStart[]) {
    this.starts = starts.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
    for (const start of starts) {
      this.#next.set(offsetId(start), start.offset);
      this.#stored.set(offsetId(start), start.stored);
      if (start.mark) this.#marks.set(offsetId(start), start.mark);
    }
  }

  /**
   * Looks for records that were stored a while ago: while one reads, the log may be replaced too.
   * @throws AppError LOG_REPLACED
   */
  async verify(log: Pick<EventLog, "offsets" | "read">): Promise<void> {
    for (const mark of this.#marks.values()) await requireSameLog(log, mark);
    this.#marks = new Map([...this.#marks, ...this.#storedMarks]);
  }

  /** Notes that a batch is being taken in. */
  advance(batch: LogBatch): void {
    const id = offsetId(batch);
    const next = this.#next.get(id);
    assertInvariant(next !== undefined, `a batch of ${id} came, of which there is no state`);
    assertInvariant(batch.startOffset === next, `${id} goes on at ${next}, but a batch began at ${batch.startOffset}`);
    this.#next.set(id, batch.nextOffset);
    this.#acks.set(id, () => batch.ack());
    this.#newest.set(id, batch.records.at(-1)!);
  }

  /** What the sink is to store with the data: offsets that have moved, and what the record before each looks like. */
  change(): Map<string, bigint> {
    const change = new Map<string, bigint>();
    for (const { offset, ...place } of this.starts) {
      const id = offsetId(place);
      const next = this.#next.get(id)!;
      if (next === (this.#stored.get(id) ?? offset)) continue;
      change.set(id, next);
      const newest = this.#newest.get(id)!;
      change.set(fingerprintId(place), newest.offset === next - 1n ? recordFingerprint(newest) : 0n);
    }
    return change;
  }

  /** What the sink must hold now, if nobody has overtaken this writer. */
  expected(): ReadonlyMap<string, bigint | undefined> {
    return this.#stored;
  }

  /** The sink has stored a change. What the group is told is only a hint, so nothing is lost where it fails. */
  async stored(change: ReadonlyMap<string, bigint>): Promise<void> {
    for (const { topic, partition } of this.starts) {
      const id = offsetId({ topic, partition });
      const next = change.get(id);
      if (next === undefined) continue;
      this.#stored.set(id, next);
      const fingerprint = change.get(fingerprintId({ topic, partition })) ?? 0n;
      if (fingerprint === 0n) continue;
      const mark = { topic, partition, next, fingerprint };
      this.#storedMarks.set(id, mark);
      // The first one stands until the first look: after a replacement the newest is the new log's own.
      if (!this.#marks.has(id)) this.#marks.set(id, mark);
    }
    const acks = [...this.#acks.values()];
    this.#acks.clear();
    for (const ack of acks) await ack().catch(() => {});
  }
}
