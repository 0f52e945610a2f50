import { assertInvariant } from "@footfall/base";
import type { LogBatch, PartitionOffset, Subscription, TopicPartition } from "@footfall/log";
import type { IngestSpec, PartitionState, Persist } from "./ingest-spec.ts";

export interface IngestRunParts {
  readonly spec: IngestSpec;
  readonly persist: Persist;
  readonly onCommitted: () => void;
}

/**
 * One subscription and the state that belongs to its partitions. Takes batches in and commits them, at intervals or
 * when enough have come; while a commit is under way, nothing more is taken in. It ends with the first failure: what is
 * in memory is then worth nothing, since it can be made anew from the sink.
 */
export class IngestRun {
  readonly #parts: IngestRunParts;
  #state: PartitionState | undefined;
  #subscription: Subscription | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #fail!: (error: unknown) => void;
  /** Rejects when the run has failed; otherwise stays open. */
  readonly failed: Promise<never>;

  constructor(parts: IngestRunParts) {
    this.#parts = parts;
    this.failed = new Promise<never>((_resolve, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {}); // told to whoever asks
  }

  async start(): Promise<void> {
    const { log, topics, group } = this.#parts.spec;
    this.#subscription = await log.subscribe({
      topics,
      group,
      from: "earliest",
      onBatch: (batch) => this.#take(batch),
      onAssignment: ({ held }) => this.#open(held),
    });
    this.#subscription.done.catch((error: unknown) => this.#fail(error));
    this.#commitLater();
  }

  /** Commits what has been taken in, unless the run has failed, and leaves the group. */
  async stop(): Promise<void> {
    this.#subscription?.pause();
    await this.#commit(true).catch(() => {});
    clearTimeout(this.#timer);
    await this.#subscription?.stop();
    await this.#commit(true).catch(() => {});
    clearTimeout(this.#timer);
    this.#state = undefined;
  }

  /**
   * Goes on with these partitions from what the sink holds. What was taken in since the last commit is read again, of
   * kept partitions too: a commit now could only get in the way of whoever has the lost ones.
   */
  #open(held: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    return this.#inTurn(async () => {
      const { spec, persist } = this.#parts;
      this.#state = undefined;
      if (held.length === 0) return [];
      this.#state = await spec.open(held, persist);
      return this.#state.starts;
    });
  }

  async #take(batch: LogBatch): Promise<void> {
    await this.#inTurn(async () => {
      assertInvariant(this.#state, `a batch of ${batch.topic}/${batch.partition} came, of which there is no state`);
      this.#state.take(batch);
    });
    if (this.#state?.isFull) await this.#commit(false);
  }

  async #commit(isLast: boolean): Promise<void> {
    await this.#inTurn(async () => {
      try {
        await this.#state?.commit(isLast);
        this.#parts.onCommitted();
      } catch (error) {
        this.#state = undefined;
        this.#fail(error);
        throw error;
      }
    });
  }

  #commitLater(): void {
    this.#timer = setTimeout(() => {
      this.#commit(false).then(
        () => this.#commitLater(),
        () => {}, // `failed` tells
      );
    }, this.#parts.spec.commitIntervalMs);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }
}
