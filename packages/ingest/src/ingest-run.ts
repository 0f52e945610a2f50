import { assertInvariant, isRetriable } from "@footfall/base";
import type { LogBatch, PartitionOffset, Subscription, TopicPartition } from "@footfall/log";
import type { IngestSpec, PartitionState, Persist } from "./ingest-spec.ts";
import type { LogContact } from "./log-contact.ts";

/** How often it is looked whether the log is still the one that was read. */
const verifyIntervalMs = 10_000;

export interface IngestRunParts {
  readonly spec: IngestSpec;
  readonly persist: Persist;
  readonly contact: Pick<LogContact, "assigned" | "lost" | "read" | "committed">;
  /** What is held is stored as far as it was read; also told where nothing had been read since. */
  readonly onCommitted: () => void;
  /** The state of what is held cannot be opened now; it is tried again. */
  readonly onOpenFailed: (error: unknown) => void;
}

/**
 * One subscription and the state that belongs to its partitions. Takes batches in and commits them, at intervals or
 * when enough have come; while a commit is under way, nothing more is taken in. It ends with the first failure: what is
 * in memory is then worth nothing, since it can be made anew from the sink.
 */
export class IngestRun {
  readonly #parts: IngestRunParts;
  #state: PartitionState | undefined;
  /** Others of the group hold all partitions: there is nothing to do, and nothing is wrong. */
  #isIdle = false;
  /** Records were taken in that no commit covers yet. */
  #isUncommitted = false;
  #subscription: Subscription | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #verifiedAtMs = performance.now();
  /** Since it was last verified; a log that is away gives nothing, and is not asked again and again. */
  #hasTaken = false;
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
    this.#parts.contact.lost();
  }

  /**
   * Goes on with these partitions from what the sink holds. What was taken in since the last commit is read again, of
   * kept partitions too: a commit now could only get in the way of whoever has the lost ones.
   */
  #open(held: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    return this.#inTurn(async () => {
      const { contact } = this.#parts;
      this.#state = undefined;
      this.#isUncommitted = false;
      this.#isIdle = held.length === 0;
      contact.lost();
      if (!this.#isIdle) this.#state = await this.#openState(held);
      const starts = (this.#state as PartitionState | undefined)?.starts ?? [];
      contact.assigned(starts);
      return starts;
    });
  }

  async #openState(held: readonly TopicPartition[]): Promise<PartitionState> {
    const { spec, persist, onOpenFailed } = this.#parts;
    try {
      return await spec.open(held, persist);
    } catch (error) {
      // The log asks again by itself, without ending the subscription: nobody else would be told.
      if (isRetriable(error)) onOpenFailed(error);
      throw error;
    }
  }

  async #take(batch: LogBatch): Promise<void> {
    await this.#inTurn(async () => {
      assertInvariant(this.#state, `a batch of ${batch.topic}/${batch.partition} came, of which there is no state`);
      this.#state.take(batch);
      this.#parts.contact.read(batch);
      this.#hasTaken = true;
      this.#isUncommitted = true;
    });
    if (this.#state?.isFull) await this.#commit(false);
  }

  async #commit(isLast: boolean): Promise<void> {
    await this.#inTurn(async () => {
      try {
        await this.#state?.commit(isLast);
        // Without a state nothing was stored: it says nothing about what failed before.
        if (this.#state === undefined && !this.#isIdle) return;
        if (this.#isUncommitted) this.#parts.contact.committed();
        this.#isUncommitted = false;
        this.#parts.onCommitted();
      } catch (error) {
        this.#state = undefined;
        this.#fail(error);
        throw error;
      }
    });
  }

  async #verify(): Promise<void> {
    if (!this.#hasTaken || performance.now() - this.#verifiedAtMs < verifyIntervalMs) return;
    this.#verifiedAtMs = performance.now();
    this.#hasTaken = false;
    await this.#inTurn(async () => this.#state?.verify()).catch((error: unknown) => {
      // A log that is away for a moment tells nothing.
      if (!isRetriable(error)) throw error;
    });
  }

  #commitLater(): void {
    this.#timer = setTimeout(() => {
      const committed = this.#verify().then(
        () => this.#commit(false),
        (error: unknown) => {
          this.#fail(error);
          throw error;
        },
      );
      committed.then(
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
