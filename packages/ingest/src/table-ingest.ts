import {
  type Lake,
  type LakeRow,
  type LakeTable,
  stagedRowsSql,
  type TableSchema,
  withStagedText,
} from "@footfall/lake";
import type { EventLog, LogBatch, LogRecord, PartitionOffset, TopicPartition } from "@footfall/log";
import { writeWithoutBadRows } from "./bad-rows.ts";
import { appendDeadLetters, type DeadLetter } from "./dead-letters.ts";
import type { PartitionState, Persist } from "./ingest-spec.ts";
import { PartitionProgress, partitionStarts } from "./partition-progress.ts";
import { distinctRows, type RowIdentity, unstoredSql } from "./row-identity.ts";
import { lastPositions, type SenderColumns, type SenderPosition, SenderPositions } from "./sender-positions.ts";

/** What a record becomes: rows of the table, which are stored or dropped together, a dead letter, or nothing. */
export type Decoded =
  | { readonly row: LakeRow; readonly sent?: SenderPosition }
  | { readonly rows: readonly LakeRow[]; readonly sent?: SenderPosition }
  | { readonly deadLetter: string }
  | undefined;

/** What became of the records of a commit. */
export interface IngestedCounts {
  readonly rows: number;
  /** What was sent again: records by a sender that numbers what it sends, rows where these have an identity. */
  readonly repeats: number;
  readonly deadLetters: number;
}

/** A table made from a topic, row by record. */
export interface TableIngestSpec {
  readonly topic: string;
  readonly table: TableSchema;
  /** Total: it has an answer for every record that may come, tombstones too. */
  readonly decode: (record: LogRecord, place: TopicPartition) => Decoded;
  /** Where the table keeps what `decode` gives as `sent`; needed where it gives any. */
  readonly sender?: SenderColumns;
  /** Rows of one identity are stored once. */
  readonly identity?: RowIdentity;
}

export interface TableIngestOptions {
  readonly log: Pick<EventLog, "offsets" | "read" | "append" | "createTopic">;
  readonly lake: Lake;
  readonly persist: Persist;
  /** Rows that bring a commit forward. */
  readonly rowsMax: number;
  readonly onCommitted: (counts: IngestedCounts) => void;
}

interface DecodedRecord {
  readonly rows: readonly LakeRow[];
  readonly sent: SenderPosition | undefined;
  readonly record: LogRecord;
  readonly place: TopicPartition;
}

interface PlacedRow {
  readonly row: LakeRow;
  readonly of: DecodedRecord;
}

/** Opens the state of the partitions from what the table has stored. */
export async function openTableIngest(
  spec: TableIngestSpec,
  options: TableIngestOptions,
  held: readonly TopicPartition[],
): Promise<PartitionState> {
  const table = await options.lake.table(spec.table);
  const { progress } = await table.snapshot();
  const starts = await partitionStarts(options.log, held, progress);
  return new TableIngestState(spec, options, { table, progress: new PartitionProgress(starts) });
}

class TableIngestState implements PartitionState {
  readonly #spec: TableIngestSpec;
  readonly #options: TableIngestOptions;
  readonly #table: LakeTable;
  readonly #progress: PartitionProgress;
  readonly #senders: SenderPositions;
  #records: DecodedRecord[] = [];
  #rowCount = 0;
  #deadLetters: DeadLetter[] = [];

  constructor(
    spec: TableIngestSpec,
    options: TableIngestOptions,
    state: { readonly table: LakeTable; readonly progress: PartitionProgress },
  ) {
    this.#spec = spec;
    this.#options = options;
    this.#table = state.table;
    this.#progress = state.progress;
    this.#senders = new SenderPositions(async (senders) =>
      spec.sender ? lastPositions(options.lake, state.table, spec.sender, senders) : new Map<string, number>(),
    );
  }

  get starts(): readonly PartitionOffset[] {
    return this.#progress.starts;
  }

  get isFull(): boolean {
    return this.#rowCount + this.#deadLetters.length >= this.#options.rowsMax;
  }

  take(batch: LogBatch): void {
    this.#progress.advance(batch);
    const { topic, partition } = batch;
    const place = { topic, partition };
    for (const record of batch.records) {
      const decoded = this.#spec.decode(record, place);
      if (decoded === undefined) continue;
      if ("deadLetter" in decoded) {
        this.#deadLetters.push({ record, place, reason: decoded.deadLetter });
        continue;
      }
      const rows = "row" in decoded ? [decoded.row] : decoded.rows;
      this.#records.push({ rows, sent: decoded.sent, record, place });
      this.#rowCount += rows.length;
    }
  }

  async commit(): Promise<void> {
    const { persist, log, onCommitted } = this.#options;
    const offsets = this.#progress.change();
    if (offsets.size === 0) return;
    const table = this.#table;
    const records = await this.#senders.withoutRepeats(this.#records, ({ sent }) => sent);
    const all = records.flatMap((of) => of.rows.map((row) => ({ row, of })));
    const { identity } = this.#spec;
    const rows = identity ? distinctRows(all, identity) : all;
    const written = await persist(`${table.name} rows`, () => writeWithoutBadRows(rows, (part) => this.#write(part)));
    // A record is one dead letter, however many of its rows are bad.
    const bad = new Map(written.bad.map(({ row: { of }, error }) => [of, { ...of, reason: String(error) }]));
    const deadLetters = [...this.#deadLetters, ...bad.values()];
    // Before the offsets move past them: a crash in between sends them twice, never none.
    await persist("dead letters", () => appendDeadLetters(log, this.#spec.topic, deadLetters));
    const commit = {
      add: written.files,
      progress: offsets,
      expectedProgress: this.#progress.expected(),
      operation: "append",
    };
    await persist(table.name, () => table.commit(commit));
    const stored = written.files.reduce((sum, file) => sum + file.rows, 0);
    onCommitted({
      rows: stored,
      repeats: this.#records.length - records.length + all.length - written.bad.length - stored,
      deadLetters: deadLetters.length,
    });
    this.#records = [];
    this.#rowCount = 0;
    this.#deadLetters = [];
    await this.#progress.stored(offsets);
  }

  verify(): Promise<void> {
    return this.#progress.verify(this.#options.log);
  }

  #write(rows: readonly PlacedRow[]) {
    const { lake } = this.#options;
    const { table, identity } = this.#spec;
    const lines = rows.map(({ row }) => `${JSON.stringify(row)}\n`);
    return withStagedText(lake, lines, async (path) => {
      const sql = stagedRowsSql(table, path);
      if (!identity) return lake.writeBulk(this.#table, { sql });
      const times = rows.map(({ row }) => Number(row[identity.time]));
      return lake.writeBulk(this.#table, { sql: await unstoredSql(this.#table, identity, sql, times) });
    });
  }
}
