import type { LogEntry, LogQuery, LogValue } from "@footfall/service-logs";

/** An entry and its place in the log: topic `logs`, partition and offset. */
export interface IndexedEntry {
  readonly partition: number;
  readonly offset: bigint;
  readonly entry: LogEntry;
}

/**
 * Numbers that are stored with the entries, under names: `logs-0` → the next offset of partition 0, `logs-0.record` →
 * what the record before it looks like. The index does not read them.
 */
export type IndexProgress = ReadonlyMap<string, bigint>;

/** What is stored under some names; undefined: nothing. */
export type ExpectedProgress = ReadonlyMap<string, bigint | undefined>;

export interface StoreResult {
  readonly stored: number;
  /** Were there already: by their place in a file, or by their offset. */
  readonly repeated: number;
  /** Older than what retention keeps. */
  readonly expired: number;
}

export interface LogCriteria {
  readonly query: LogQuery;
  /** By `occurredAtMs`, inclusive. Default: everything. */
  readonly fromMs?: number;
  /** Exclusive. */
  readonly toMs?: number;
}

export interface LogSearch extends LogCriteria {
  /** At most 10,000. */
  readonly limit: number;
  /** By `occurredAtMs`, then partition, then offset. Default newest. */
  readonly order?: "newest" | "oldest";
  /** `next` of the page before. */
  readonly cursor?: string;
}

export interface LogPage {
  readonly entries: readonly IndexedEntry[];
  /** Where to go on; absent where nothing more can come. */
  readonly next?: string;
  /** False where the search stopped at its budget before the page was full: `entries` has no gap, `next` goes on. */
  readonly isComplete: boolean;
}

/** Entries of one bucket by severity number; buckets without entries are left out. */
export interface HistogramBucket {
  readonly startMs: number;
  readonly countsBySeverity: ReadonlyMap<number, number>;
}

export interface EntryPlace {
  readonly partition: number;
  readonly offset: bigint;
  readonly occurredAtMs: number;
}

/** The lines around an entry, in the order they were written. */
export interface LogSurroundings {
  readonly before: readonly IndexedEntry[];
  readonly entry: IndexedEntry;
  readonly after: readonly IndexedEntry[];
}

export interface FieldValue {
  readonly value: LogValue;
  readonly count: number;
}

/**
 * Searchable text index of topic `logs`. One writer, any number of readers.
 *
 * Errors: `INDEX_UNAVAILABLE` (retriable), `INDEX_CORRUPT`, and of the writer `INDEX_LOCKED`, `INDEX_WRITER_FENCED`.
 */
export interface LogIndex {
  /** Where to read on. */
  progress(): Promise<IndexProgress>;
  /**
   * Stores entries and with them how far the topic has been read. An entry is there once however often it is given:
   * again after a crash (same offset), or sent again by the agent (same place in the file, at a later offset).
   * @param entries   of each partition, everything that is an entry from what is expected up to `progress`
   * @param progress  numbers that change; others stay as they are
   * @throws `INDEX_WRITER_FENCED` if what is stored is not what is expected, `INDEX_ENTRY_INVALID` if an entry has a
   *   time outside the years 1970 to 9999
   */
  store(entries: readonly IndexedEntry[], progress: IndexProgress, expected: ExpectedProgress): Promise<StoreResult>;
  /** @throws `REQUEST_INVALID` for a bad limit or cursor */
  search(search: LogSearch): Promise<LogPage>;
  count(criteria: LogCriteria): Promise<number>;
  /** Buckets begin at multiples of `bucketMs`; in order of time. */
  histogram(criteria: LogCriteria & { readonly bucketMs: number }): Promise<readonly HistogramBucket[]>;
  /**
   * The lines before and after an entry, of the same file, or of the same instance where it came from no file.
   * Undefined if the entry is not there.
   */
  around(place: EntryPlace, before: number, after: number): Promise<LogSurroundings | undefined>;
  /**
   * Values of a query's field by how many entries have them, most first; of a field with very many values only some.
   */
  fieldValues(field: string, prefix: string, limit: number): Promise<readonly FieldValue[]>;
  /** Deletes whole UTC days before this time. Entries of these days are not stored again. @returns the days */
  applyRetention(beforeMs: number): Promise<readonly string[]>;
  close(): Promise<void>;
}
