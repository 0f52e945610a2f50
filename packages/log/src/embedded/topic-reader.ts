import { beyondEnd, partitionKey, type StatedOffsets } from "../assignment-teller.ts";
import type { LogBatch, LogGap, StartPosition, TopicPartition } from "../event-log.ts";
import { type GroupMember, readGroupOffsets } from "./consumer-group.ts";
import type { LogStore } from "./log-store.ts";
import { PartitionCursor } from "./partition-cursor.ts";
import type { Topic, TopicCatalog } from "./topic-catalog.ts";

export interface TopicReaderParts {
  readonly store: LogStore;
  readonly catalog: TopicCatalog;
  readonly topic: Topic;
  readonly from: StartPosition;
  readonly group: string | undefined;
  /** Absent without a group. */
  readonly member: GroupMember | undefined;
  readonly batchRecordsMax: number;
  readonly onGap: ((gap: LogGap) => void) | undefined;
}

/** A subscription's part in one topic: its membership, the partitions it holds, and where each of them goes on. */
export class TopicReader {
  readonly #parts: TopicReaderParts;
  readonly #cursors = new Map<number, PartitionCursor>();
  #turn = 0;

  constructor(parts: TopicReaderParts) {
    this.#parts = parts;
  }

  get topic(): string {
    return this.#parts.topic.name;
  }

  get member(): GroupMember | undefined {
    return this.#parts.member;
  }

  get partitions(): TopicPartition[] {
    return [...this.#cursors.keys()].map((partition) => this.#placeOf(partition));
  }

  /** Every partition of the topic. */
  get allPartitions(): TopicPartition[] {
    return Array.from({ length: this.#parts.topic.partitions }, (_, partition) => this.#placeOf(partition));
  }

  /** Reports to the group, gives up `released`. @returns what this member holds then, and what others wait for */
  async report(member: GroupMember, released: readonly TopicPartition[]) {
    const { owned, surplus, isNewcomer } = await member.report(released.map(({ partition }) => partition));
    if (isNewcomer) this.#cursors.clear();
    return {
      owned: owned.map((partition) => this.#placeOf(partition)),
      surplus: surplus.map((partition) => this.#placeOf(partition)),
    };
  }

  /** Reads nothing more of what is not among these. */
  keepOnly(held: readonly TopicPartition[]): void {
    const kept = new Set(
      held.filter(({ topic }) => topic === this.#parts.topic.name).map(({ partition }) => partition),
    );
    for (const partition of this.#cursors.keys()) if (!kept.has(partition)) this.#cursors.delete(partition);
  }

  /**
   * Sets where partitions go on: as stated, else where a kept one stands, else what the group acknowledged, else the
   * edge asked for.
   * @throws AppError LOG_OFFSET_OUT_OF_RANGE  an offset lies beyond the end
   */
  begin(held: readonly TopicPartition[], stated: StatedOffsets): void {
    const { store, catalog, topic, from, group } = this.#parts;
    store.refresh();
    const heads = catalog.heads(topic);
    const acknowledged = group === undefined ? [] : readGroupOffsets(store, topic, group);
    for (const place of held) {
      if (place.topic !== topic.name) continue;
      const { partition } = place;
      const own = stated.get(partitionKey(place));
      if (own === undefined && this.#cursors.has(partition)) continue;
      const known = Number(own ?? acknowledged[partition] ?? -1);
      const edge = from === "earliest" ? heads.startOffset(partition) : heads.nextOffset(partition);
      const offset = known < 0 ? edge : known;
      const logEndOffset = heads.nextOffset(partition);
      if (offset > logEndOffset) throw beyondEnd(place, BigInt(offset), BigInt(logEndOffset));
      this.#cursors.set(partition, new PartitionCursor(store, topic, partition, offset));
    }
  }

  /** The partitions take turns. @throws AppError LOG_CORRUPT */
  nextBatch(): LogBatch | undefined {
    const { catalog, topic, batchRecordsMax, member } = this.#parts;
    if (this.#cursors.size === 0) return undefined;
    const heads = catalog.heads(topic);
    const cursors = [...this.#cursors.values()];
    for (let i = 0; i < cursors.length; i++) {
      const cursor = cursors[(this.#turn + i) % cursors.length]!;
      const { partition, nextOffset: startOffset } = cursor;
      if (startOffset < heads.startOffset(partition)) this.#skipGap(cursor, heads.startOffset(partition));
      const logEndOffset = heads.nextOffset(partition);
      if (cursor.nextOffset >= logEndOffset) continue;
      const records = cursor.take(logEndOffset, batchRecordsMax);
      this.#turn = (this.#turn + i + 1) % cursors.length;
      const { nextOffset } = cursor;
      return {
        topic: topic.name,
        partition,
        startOffset: BigInt(startOffset),
        records,
        nextOffset: BigInt(nextOffset),
        logEndOffset: BigInt(logEndOffset),
        ack: async (upTo) => {
          const isHeld = this.#cursors.get(partition) === cursor;
          if (isHeld) await member?.acknowledge(partition, upTo === undefined ? nextOffset : Number(upTo));
        },
      };
    }
    return undefined;
  }

  #skipGap(cursor: PartitionCursor, startOffset: number): void {
    this.#parts.onGap?.({
      ...this.#placeOf(cursor.partition),
      startOffset: BigInt(cursor.nextOffset),
      endOffset: BigInt(startOffset),
    });
    cursor.moveTo(startOffset);
  }

  #placeOf(partition: number): TopicPartition {
    return { topic: this.#parts.topic.name, partition };
  }
}
