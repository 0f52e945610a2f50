import { AppError } from "@footfall/base";
import type { Row } from "@footfall/changes";
import type { Client } from "pg";
import type { Pgoutput } from "pg-logical-replication";
import { type CapturedTable, readCapturedTables } from "../postgres/captured-table.ts";
import type { ChangeStream, StreamEntry } from "../postgres/change-stream.ts";
import { quoteName } from "../postgres/connect.ts";
import { parseLsn } from "../postgres/lsn.ts";
import { readSlot } from "../postgres/replication-slot.ts";
import { readUnseen, type UnseenTransactions } from "../postgres/unseen-transactions.ts";
import { ColumnTypes } from "../values/column-types.ts";
import { type BoundRelation, bindRelation, rowOf, type Tuple } from "./bound-relation.ts";
import type { CaptureMemory, CaptureOptions } from "./capture-options.ts";
import type { CaptureProgress } from "./capture-progress.ts";
import { ChangeReader, type TransactionStart } from "./change-reader.ts";
import { type Mark, TableCopier } from "./table-copier.ts";
import { pause, TopicWriter } from "./topic-writer.ts";

export interface CaptureSessionOptions extends Omit<CaptureOptions, "tables"> {
  readonly tables: readonly CapturedTable[];
  readonly database: string;
  readonly progress: CaptureProgress;
  /** Answers questions about the catalogue. */
  readonly catalogue: Client;
  /** Reads chunks. */
  readonly copying: Client;
  readonly stream: ChangeStream;
  /** Transactions under way at the start: one of them may be in the topics already. */
  readonly inProgress: ReadonlySet<number>;
  readonly memory: CaptureMemory;
  /** By topic. */
  readonly topicPartitions: ReadonlyMap<string, number>;
}

/** Appends of this size, bytes, do not wait for a quiet moment of the stream. */
const batchBytesMax = 4 * 1024 * 1024;
const slotIntervalMs = 10_000;
const shownIntervalMs = 5;
/** Transactions remembered before it is asked which of them still matter. */
const xidsMax = 100_000;
const version = "0.1.0";

/** One connection's worth of capture: the stream into the topics, and beside it the copy of tables. */
export class CaptureSession {
  readonly #options: CaptureSessionOptions;
  readonly #byOid: ReadonlyMap<number, CapturedTable>;
  readonly #types: ColumnTypes;
  readonly #reader: ChangeReader;
  readonly #ending = new AbortController();
  readonly #writer: TopicWriter;
  readonly #copier: TableCopier;
  readonly #markPrefix: string;
  /** Transactions that were streamed and that a chunk may not see yet. */
  #xids: Set<number>;
  /** All before it was read from the stream, and (`#durableLsn`) is in the topics. */
  #endLsn = 0n;
  #durableLsn = 0n;
  #confirmedAtMs = 0;
  #isCopying = true;
  /** False while, and for good after, an append that failed. */
  #isWhole = true;

  constructor(options: CaptureSessionOptions) {
    const { catalogue, copying, tables, slot, database, memory, metrics, inProgress, onRetry } = options;
    const { signal } = this.#ending;
    this.#options = options;
    this.#byOid = new Map(tables.map((table) => [table.oid, table]));
    this.#types = new ColumnTypes(catalogue);
    this.#xids = new Set(inProgress);
    this.#markPrefix = `footfall:${slot}`;
    this.#writer = new TopicWriter({ ...options, signal, onAppended: metrics.appended, onRetry });
    this.#copier = new TableCopier({
      ...options,
      client: copying,
      types: this.#types,
      markPrefix: this.#markPrefix,
      signal,
    });
    this.#reader = new ChangeReader(
      {
        ...options,
        source: { name: slot, database, version },
        writer: this.#writer,
        partitionsOf: (topic) => options.topicPartitions.get(topic)!,
        bind: (relation) => this.#bind(relation),
        chunkOf: (table) => this.#copier.openChunk(table),
        readColumns: async (relation, row, columns, xid) => {
          await this.#untilShown(xid);
          return this.#readColumns(relation, row, columns);
        },
        onMark: (message, place) => this.#onMark(message, place),
        onChange: metrics.captured,
        onIgnored: ({ schema, name }) =>
          options.logger.warn({ table: `${schema}.${name}` }, "changes of a table that is not listed are left out"),
      },
      memory.appendedLsn,
    );
  }

  /** @throws AppError and errors of the database, once something has failed */
  async run(signal: AbortSignal): Promise<void> {
    const end = (): void => this.#ending.abort();
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    const works = [this.#follow(), this.#copyTables(), this.#watchSlot()];
    try {
      // Of three that never end by themselves, but the copy, the first to fail decides.
      await Promise.all(works);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", end);
      end();
      await this.#options.stream.close();
      await Promise.allSettled(works);
    }
    await this.#leave();
  }

  async #follow(): Promise<void> {
    const { stream, onStreaming } = this.#options;
    this.#ending.signal.addEventListener("abort", () => void stream.close(), { once: true });
    onStreaming();
    while (!this.#ending.signal.aborted) {
      if (stream.isEmpty && !this.#reader.isInTransaction) await this.#flush();
      const taken = this.#take(stream.isEmpty ? await stream.next() : stream.takeWaiting());
      if (taken !== undefined) await taken;
      if (this.#writer.bytes >= batchBytesMax) await this.#flush();
    }
  }

  #take(entry: StreamEntry): Promise<void> | undefined {
    if (entry.is === "heartbeat") {
      // Inside of a transaction it says nothing: the transaction's own changes are still to come.
      if (!this.#reader.isInTransaction && entry.walEnd > this.#endLsn) this.#endLsn = entry.walEnd;
      return this.#flush();
    }
    const { message } = entry;
    const reading = this.#reader.read(message);
    if (message.tag === "begin" && this.#isCopying) return this.#remember(message.xid >>> 0);
    if (message.tag === "commit") this.#endLsn = parseLsn(message.commitEndLsn ?? "0/0");
    return reading;
  }

  /** Appends what was read, and confirms it from time to time. */
  async #flush(): Promise<void> {
    const { clock, confirmIntervalMs, memory } = this.#options;
    const endLsn = this.#endLsn;
    const { readLsn } = this.#reader;
    if (!this.#writer.isEmpty) await this.#append();
    this.#durableLsn = endLsn;
    if (readLsn > memory.appendedLsn) memory.appendedLsn = readLsn;
    if (clock() - this.#confirmedAtMs >= confirmIntervalMs) await this.#confirm();
  }

  async #append(): Promise<void> {
    this.#isWhole = false;
    await this.#writer.flush();
    this.#isWhole = true;
  }

  /** The file first: a slot that is further on than the file was moved by somebody else. */
  async #confirm(): Promise<void> {
    const { progress, file, stream, clock } = this.#options;
    if (this.#durableLsn <= BigInt(progress.confirmedLsn)) return;
    progress.confirmedLsn = `${this.#durableLsn}`;
    await file.write(progress);
    stream.confirm(this.#durableLsn);
    this.#confirmedAtMs = clock();
  }

  /** At an orderly end; what is half a transaction comes again. */
  async #leave(): Promise<void> {
    if (this.#isWhole && !this.#reader.isInTransaction) await this.#flush();
    await this.#confirm();
  }

  async #bind(relation: Pgoutput.MessageRelation): Promise<BoundRelation | undefined> {
    const table = this.#byOid.get(relation.relationOid >>> 0);
    if (table === undefined) return undefined;
    const keyColumns = relation.replicaIdentity === "full" ? undefined : relation.keyColumns;
    const binding = { client: this.#options.catalogue, types: this.#types };
    return bindRelation(binding, table, relation.columns, keyColumns);
  }

  /** The stream tells of a transaction before others see it; with a synchronous standby long before. */
  async #untilShown(xid: number): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted && (await readUnseen(this.#options.catalogue)).has(xid))
      await pause(shownIntervalMs, signal);
  }

  /** Undefined where the row, or a column, is no longer there: a later change of the stream tells. */
  async #readColumns(relation: BoundRelation, row: Tuple, columns: readonly string[]): Promise<Row | undefined> {
    const typeOf = new Map(relation.schema.columns.map(({ name, type }) => [name, type]));
    const isRow = relation.primaryKey.map((name, index) => `${quoteName(name)} = $${index + 1}::${typeOf.get(name)}`);
    try {
      const { rows } = await this.#options.catalogue.query<Record<string, string | null>>(
        `select ${columns.map(quoteName).join(", ")} from ${relation.table.sqlName} where ${isRow.join(" and ")}`,
        relation.primaryKey.map((name) => row[name]),
      );
      return rows[0] && rowOf(relation, rows[0], true);
    } catch (error) {
      const isOfSql = /^42/.test((error as { code?: string }).code ?? "");
      if (isOfSql) return undefined;
      throw error;
    }
  }

  async #onMark({ prefix, content }: Pgoutput.MessageMessage, place: TransactionStart): Promise<void> {
    if (prefix !== this.#markPrefix) return;
    const mark = JSON.parse(Buffer.from(content).toString()) as Mark;
    const chunk = this.#copier.chunkOf(mark);
    if (chunk === undefined) return;
    const { progress, file, chunkRows } = this.#options;
    const tableProgress = progress.tables[chunk.table.name]!;
    const read = await chunk.read;
    if (mark.is === "open") {
      chunk.open(read, this.#xids);
      if (read) this.#keepXids(read.unseen);
      if (tableProgress.isReset && !chunk.isStale) this.#reader.addReset(chunk.table, place);
      return;
    }
    const rows = chunk.close();
    if (read && !chunk.isStale) {
      for (const [index, row] of rows.entries()) this.#reader.addRow(read.relation, place, index, row);
      await this.#append();
      tableProgress.isReset = false;
      tableProgress.rows += rows.length;
      if (read.lastKey) tableProgress.lastKey = [...read.lastKey];
      if (read.rows.length < chunkRows) tableProgress.state = "done";
      await file.write(progress);
    }
    this.#copier.settle();
  }

  async #copyTables(): Promise<void> {
    const { tables, progress, logger, metrics } = this.#options;
    const waiting = tables.filter(({ name }) => progress.tables[name]!.state === "copying");
    for (const [index, table] of waiting.entries()) {
      metrics.copying(waiting.length - index);
      logger.info({ table: table.name, from: progress.tables[table.name]!.lastKey }, "copying the table");
      await this.#copier.copy(table, progress.tables[table.name]!);
      if (this.#ending.signal.aborted) return;
      logger.info({ table: table.name, rows: progress.tables[table.name]!.rows }, "copied the table");
    }
    metrics.copying(0);
    this.#isCopying = false;
    this.#xids.clear();
  }

  /** How much the slot holds back, and whether the tables are still the same ones. */
  async #watchSlot(): Promise<void> {
    const { catalogue, slot, tables, onSlot } = this.#options;
    while (!this.#ending.signal.aborted) {
      onSlot(await readSlot(catalogue, slot));
      const now = await readCapturedTables(catalogue, tables);
      const other = now.find(({ oid }) => !this.#byOid.has(oid));
      if (other) {
        throw new AppError(
          "CDC_TABLE_REFUSED",
          `Table ${other.name} was made anew; it is published and copied again.`,
          {
            retriable: true,
          },
        );
      }
      await pause(slotIntervalMs, this.#ending.signal);
    }
  }

  async #remember(xid: number): Promise<void> {
    this.#xids.add(xid);
    if (this.#xids.size > xidsMax) this.#keepXids(await readUnseen(this.#options.catalogue));
  }

  #keepXids(unseen: Pick<UnseenTransactions, "has">): void {
    this.#xids = new Set([...this.#xids].filter((xid) => unseen.has(xid)));
  }
}
