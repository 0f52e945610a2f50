/** Where a partition goes on, for as long as it is held. */
export interface PartitionPosition {
  readonly partition: number;
  /** The next offset to deliver. */
  next: bigint;
  /** Where it was sought back to, after the broker had gone on elsewhere. */
  soughtTo: bigint | undefined;
}

/**
 * The partitions of a subscription and where each goes on. kafkajs keeps positions too, and loses them when the group
 * is shared out again; ours count. A partition that is given again has another `PartitionPosition`, so that a batch
 * can tell whether its partition was never away.
 */
export class PartitionPositions {
  readonly #held = new Map<number, PartitionPosition>();
  readonly #last = new Map<number, bigint>();

  /** In order. */
  get partitions(): readonly number[] {
    return [...this.#held.keys()].toSorted((a, b) => a - b);
  }

  get(partition: number): PartitionPosition | undefined {
    return this.#held.get(partition);
  }

  /** Where a partition that is no longer held had come to. */
  lastOf(partition: number): bigint | undefined {
    return this.#last.get(partition);
  }

  give(partition: number, next: bigint): void {
    this.#held.set(partition, { partition, next, soughtTo: undefined });
  }

  take(partition: number): void {
    const position = this.#held.get(partition);
    if (position === undefined) return;
    this.#last.set(partition, position.next);
    this.#held.delete(partition);
  }
}
