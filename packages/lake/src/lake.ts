import type { Brand } from "@footfall/base";

/** Number of a table's commit, from 0. */
export type LakeVersion = Brand<number, "LakeVersion">;

/** Column types that both writers, DuckDB, delta-rs, Polars and Spark agree on. All columns are optional (nullable). */
export type ColumnType = "string" | "long" | "integer" | "double" | "boolean" | "timestamp" | "date";

export interface ColumnSpec {
  readonly name: string;
  /** `timestamp`: microseconds, UTC. `long`: only values up to 2^53, see the known faults of parquetjs-lite. */
  readonly type: ColumnType;
  readonly description: string;
}

export interface TableSchema {
  readonly name: string;
  /** Data columns, in order. New ones are only ever added at the end (schema evolution by added columns). */
  readonly columns: readonly ColumnSpec[];
  /**
   * Partition columns, in order of the path: `tenant`, `date`, and `hour` for events. They are not stored in the
   * files.
   */
  readonly partitionColumns: readonly ColumnSpec[];
}

/** Values of the partition columns, as text: `{tenant: "demo", date: "2026-11-23", hour: "7"}`. */
export type PartitionValues = Readonly<Record<string, string>>;

/** A Parquet file of a table, as a commit names it. */
export interface DataFile {
  /** Relative to the table's folder, with `/`. */
  readonly path: string;
  readonly partition: PartitionValues;
  readonly rows: number;
  readonly bytes: number;
  /** Smallest and largest value of columns that have statistics; timestamps in ms. */
  readonly min?: Readonly<Record<string, string | number>>;
  readonly max?: Readonly<Record<string, string | number>>;
  /** Nulls per column that has statistics. */
  readonly nulls?: Readonly<Record<string, number>>;
  /** When the commit added it, ms since the epoch. */
  readonly addedAtMs?: number;
  /**
   * How many of the table's columns the file holds (columns are only added at the end). Unknown for other writers'
   * files.
   */
  readonly columns?: number;
}

/** One change of a table, all of it or nothing. */
export interface LakeCommit {
  readonly add: readonly DataFile[];
  readonly remove?: readonly DataFile[];
  /**
   * Numbers stored with the data under an application id (Delta `txn`): the next offset of each topic-partition
   * (`clicks-0`), a watermark, the version of another table this one was derived from.
   */
  readonly progress?: ReadonlyMap<string, bigint>;
  /**
   * What the writer believes the stored progress to be (undefined: not stored yet). If the table says otherwise,
   * another writer has taken over and the commit is refused with LAKE_WRITER_FENCED (invariant I3).
   */
  readonly expectedProgress?: ReadonlyMap<string, bigint | undefined>;
  /** Kept in the entry for people: `append`, `upsert`, `compact`, `import`, … */
  readonly operation: string;
  /** False for a rewrite that changes no row (compaction). Default true. */
  readonly changesData?: boolean;
}

/** The state of a table at one version: everything a reader may see. */
export interface LakeSnapshot {
  readonly table: string;
  readonly version: LakeVersion;
  readonly schema: TableSchema;
  readonly files: readonly DataFile[];
  readonly progress: ReadonlyMap<string, bigint>;
  /** When the version was committed, ms since the epoch. */
  readonly committedAtMs: number;
}

export interface LakeTable {
  readonly name: string;
  readonly schema: TableSchema;
  /** Columns that `lake.table` was not given: a newer release added them. Rows may leave them out, they are null. */
  readonly newerColumns: ReadonlySet<string>;
  /** Absolute folder of the table. */
  readonly folder: string;

  /**
   * The newest version, or the one named.
   * @throws AppError LAKE_VERSION_UNKNOWN, LAKE_COMMIT_CORRUPT, LAKE_TOO_NEW
   */
  snapshot(version?: LakeVersion): Promise<LakeSnapshot>;

  /**
   * The files that versions after `since` (exclusive) up to `until` (inclusive) added with data changes, and the
   * versions. Where entries in between have expired, all files of `until`.
   */
  addedSince(
    since: LakeVersion | undefined,
    until?: LakeVersion,
  ): Promise<{ readonly files: readonly DataFile[]; readonly version: LakeVersion }>;

  /**
   * Commits a change on top of the newest version: entry created exclusively, fsync'd with its folder. When another
   * writer was first, the change is tried again on top of its commit, as long as every removed file is still there
   * and the expected progress holds.
   * @throws AppError LAKE_WRITER_FENCED; LAKE_COMMIT_CONFLICT (retriable: a file to remove is gone; read again and
   *   redo);
   *   LAKE_UNAVAILABLE (retriable); LAKE_TOO_NEW (the table asks for what this program cannot keep to)
   */
  commit(commit: LakeCommit): Promise<LakeVersion>;

  /** For whoever changes the table's folder past `commit`. @throws AppError LAKE_TOO_NEW */
  assertWritable(): Promise<void>;

  /**
   * Writes a checkpoint of a version, and the hint that names it, into the log of a table's copy.
   * @param tableFolder  of the copy
   * @throws AppError as `snapshot`; LAKE_UNAVAILABLE
   */
  writeCheckpoint(version: LakeVersion, tableFolder: string): Promise<void>;
}

/**
 * Where rows come from when DuckDB writes them. The SQL yields the table's data columns and partition columns by name.
 */
export interface BulkRows {
  /** A SELECT statement. May read NDJSON staging files or Parquet files. Rows stay in its order. */
  readonly sql: string;
  /** Where it is known that all rows lie in one partition: spares staging them to find that out. */
  readonly partition?: PartitionValues;
  /** How many rows there must be, where that and the partition are known. */
  readonly rowCount?: number;
}

export interface LakeRowWriter {
  /**
   * Writes rows of any size by DuckDB (zstd, dictionaries), a file per partition: temporary name → row count checked →
   * fsync → rename → folder fsync. The files are durable but invisible until committed.
   */
  writeBulk(table: LakeTable, rows: BulkRows): Promise<readonly DataFile[]>;

  /** Writes a small set of rows by parquetjs-lite, a file per partition, with the same guarantees. */
  writeSmall(table: LakeTable, rows: readonly LakeRow[]): Promise<readonly DataFile[]>;
}

/** A row by column name, partition columns included; timestamps as ms since the epoch. */
export type LakeRow = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Table name → version to read; tables not named are read at their newest version. */
export type PinnedVersions = Readonly<Record<string, LakeVersion>>;

export interface LakeQueryOptions {
  /** Makes `from <table>` in the SQL read these versions. */
  readonly versions?: PinnedVersions;
  /** Values of `$name` parameters. */
  readonly parameters?: Readonly<Record<string, string | number | bigint | boolean | null>>;
}

export interface LakeScanOptions extends LakeQueryOptions {
  /**
   * Reads this table in slices of some of its files, each while the one before is worked on: twice as fast as one
   * stream, for SELECTs that look at each of its rows alone. An ORDER BY would order each slice by itself.
   */
  readonly slicedTable?: string;
}

export interface Lake extends LakeRowWriter {
  readonly root: string;

  /**
   * Folder of this opening alone, for rows on their way to a writer. It goes when the lake is closed. Make it where it
   * is absent.
   */
  readonly stagingFolder: string;

  /**
   * Opens a table, creating it (version 0: protocol and schema) when absent, adding columns when the schema has new
   * ones.
   */
  table(schema: TableSchema): Promise<LakeTable>;

  /** Opens an existing table by name. @throws AppError LAKE_TABLE_UNKNOWN */
  existingTable(name: string): Promise<LakeTable>;

  tableNames(): Promise<readonly string[]>;

  /**
   * Runs a SELECT over pinned table versions and returns all rows as objects. For small results. Instants (TIMESTAMP
   * WITH TIME ZONE, UTC, in SQL) come as ms since the epoch, dates as `2026-11-23`, integers as numbers (bigint only
   * beyond 2^53).
   * @throws AppError LAKE_QUERY_FAILED, LAKE_FILE_MISSING, LAKE_FILE_CORRUPT, LAKE_TABLE_UNKNOWN, LAKE_VERSION_UNKNOWN
   */
  query<Row extends object>(sql: string, options?: LakeQueryOptions): Promise<readonly Row[]>;

  /**
   * Runs a SELECT and hands over column chunks as typed arrays, without building row objects. Integer columns arrive as
   * Int32Array, BIGINT as BigInt64Array, DOUBLE as Float64Array, VARCHAR as string[]. Columns must hold no null. The
   * arrays view DuckDB's memory: they are valid during the call only, copy what is to be kept.
   */
  scan(
    sql: string,
    onChunk: (columns: readonly ScanColumn[], rows: number) => void,
    options?: LakeScanOptions,
  ): Promise<void>;

  close(): Promise<void>;
}

export type ScanColumn = Int32Array | BigInt64Array | Float64Array | readonly string[];
