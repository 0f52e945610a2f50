import type { Random } from "@footfall/base";
import type { EventLog, LogBatch, PartitionOffset, TopicPartition } from "@footfall/log";
import type { Logger } from "@footfall/runtime";
import type { ContactOptions } from "./log-contact.ts";

/**
 * What is held in memory for a set of partitions: made from what the sink has stored, and kept until the set changes.
 */
export interface PartitionState {
  /** Where each partition goes on. */
  readonly starts: readonly PartitionOffset[];
  /** Takes a batch in; whoever does not find it next to the last one throws an `InvariantError`. */
  take(batch: LogBatch): void;
  /** Whether so much waits that a commit should not wait any longer. */
  readonly isFull: boolean;
  /**
   * Stores what was taken in together with the offsets it covers.
   * @param isLast  nothing follows: what would rather wait is stored too
   * @throws AppError LAKE_WRITER_FENCED  another writer has taken over
   */
  commit(isLast: boolean): Promise<void>;
  /**
   * Looks whether the log is still the one that was read.
   * @throws AppError LOG_REPLACED
   */
  verify(): Promise<void>;
}

/** Runs durable work until it succeeds, or is refused for good. */
export type Persist = <T>(what: string, work: () => Promise<T>) => Promise<T>;

export interface IngestSpec {
  /** For logs and health: what is ingested. */
  readonly name: string;
  readonly log: Pick<EventLog, "offsets" | "subscribe">;
  readonly topics: readonly string[];
  readonly group: string;
  /** Shows and judges when the log last answered. */
  readonly contact: ContactOptions;
  /** Time between two commits. */
  readonly commitIntervalMs: number;
  /** Opens the state of the partitions from what the sink has stored. */
  readonly open: (held: readonly TopicPartition[], persist: Persist) => Promise<PartitionState>;
  readonly logger: Logger;
  readonly onError: (error: unknown) => void;
  readonly onRestart: () => void;
  /** Time of a durable step. */
  readonly onPersisted?: (what: string, seconds: number) => void;
  /** Spreads the tries after a failure. Default `Math.random`. */
  readonly random?: Random;
}
