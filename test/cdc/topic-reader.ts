import type { EventLog, LogRecord } from "@footfall/log";

/** The records of a topic, partition by partition; what was read once is not read again. */
export class TopicReader {
  readonly #log: EventLog;
  readonly #topic: string;
  readonly #partitions: LogRecord[][] = [];
  readonly #nextOffsets: bigint[] = [];

  constructor(log: EventLog, topic: string) {
    this.#log = log;
    this.#topic = topic;
  }

  /** All records up to now; none of a topic that is not there yet. */
  async read(): Promise<readonly LogRecord[]> {
    const offsets = await this.#log.offsets(this.#topic).catch(() => []);
    for (const [partition, { startOffset, endOffset }] of offsets.entries()) {
      const records = (this.#partitions[partition] ??= []);
      const next = this.#nextOffsets[partition] ?? startOffset;
      if (next >= endOffset) continue;
      for await (const batch of this.#log.read({ topic: this.#topic, partition, startOffset: next })) {
        records.push(...batch.records);
        this.#nextOffsets[partition] = batch.nextOffset;
      }
    }
    return this.#partitions.flat();
  }
}
