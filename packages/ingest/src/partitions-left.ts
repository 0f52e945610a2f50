import { partitionKey, type TopicPartition } from "@footfall/log";

/** What was there when a reader began, and how much of it is still to be read. */
export class PartitionsLeft {
  readonly #ranges = new Map<string, { next: bigint; readonly end: bigint }>();

  get records(): number {
    let left = 0n;
    for (const { next, end } of this.#ranges.values()) left += end - next;
    return Number(left);
  }

  expect(place: TopicPartition, next: bigint, end: bigint): void {
    if (end > next) this.#ranges.set(partitionKey(place), { next, end });
  }

  /** Everything before `next` has been read. */
  read(place: TopicPartition, next: bigint): void {
    const range = this.#ranges.get(partitionKey(place));
    if (range === undefined) return;
    if (next >= range.end) this.#ranges.delete(partitionKey(place));
    else range.next = next;
  }
}
