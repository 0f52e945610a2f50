import { AppError } from "@footfall/base";
import type { ChangeEvent } from "@footfall/changes";
import type { TopicPartition } from "@footfall/log";

/** A change and the partition it came from. */
export interface PlacedChange {
  readonly change: ChangeEvent;
  readonly place: TopicPartition;
}

/** Numbers that are stored with the rows, under names. A replica does not read them. */
export type ReplicaProgress = ReadonlyMap<string, bigint>;

/** What is stored under some names; undefined: nothing. */
export type ExpectedReplicaProgress = ReadonlyMap<string, bigint | undefined>;

/** A change that the replica cannot hold for what is in it. Nothing of its batch is stored. */
export class RefusedChangeError extends AppError {
  /** Its index among the changes. */
  readonly at: number;

  constructor(at: number, message: string, cause?: unknown) {
    super("REPLICA_ROW_REFUSED", message, { cause });
    this.at = at;
  }
}

/**
 * Another system that holds the present rows of captured tables.
 *
 * Errors: `REPLICA_UNAVAILABLE` (retriable), `REPLICA_WRITER_FENCED`.
 */
export interface Replica {
  /** Where to read on. */
  progress(): Promise<ReplicaProgress>;
  /**
   * Applies changes in their order and stores the progress, all of it or nothing. A `truncate` empties the table of
   * the rows whose keys belong to its partition: capture writes one into each.
   * @param progress  numbers that change; others stay as they are
   * @throws `REPLICA_WRITER_FENCED` if what is stored is not what is expected; RefusedChangeError
   */
  store(changes: readonly PlacedChange[], progress: ReplicaProgress, expected: ExpectedReplicaProgress): Promise<void>;
  /** Empties it of all rows and progress, so that it is filled anew. */
  reset(): Promise<void>;
  close(): Promise<void>;
}
