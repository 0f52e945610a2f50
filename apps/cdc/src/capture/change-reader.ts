import { assertInvariant, type Clock } from "@footfall/base";
import {
  type ChangeEvent,
  type ChangeOperation,
  changeRecords,
  type ChangeSource,
  recordKeyOf,
  type Row,
  schemaRecord,
  schemasTopic,
  transactionRecord,
  transactionsTopic,
} from "@footfall/changes";
import type { Pgoutput } from "pg-logical-replication";
import type { CapturedTable } from "../postgres/captured-table.ts";
import { parseLsn } from "../postgres/lsn.ts";
import { type BoundRelation, keyOf, missingColumns, rowOf, type Tuple } from "./bound-relation.ts";
import type { Chunk } from "./chunk.ts";
import type { TopicWriter } from "./topic-writer.ts";

export interface ChangeReaderOptions {
  readonly source: ChangeSource;
  readonly clock: Clock;
  readonly writer: TopicWriter;
  /** Of each table's topic as it is: a truncation is told in all of them. */
  readonly partitionsOf: (topic: string) => number;
  /** Binds a relation of the stream to a captured table; undefined for one that is not captured. */
  readonly bind: (relation: Pgoutput.MessageRelation) => Promise<BoundRelation | undefined>;
  readonly chunkOf: (table: CapturedTable) => Chunk | undefined;
  /** The columns of a row as they are after a transaction, for a row whose new key nobody knows them under. */
  readonly readColumns: (
    relation: BoundRelation,
    row: Tuple,
    columns: readonly string[],
    xid: number,
  ) => Promise<Row | undefined>;
  readonly onMark: (message: Pgoutput.MessageMessage, place: TransactionStart) => Promise<void>;
  readonly onChange: (table: CapturedTable, operation: ChangeOperation, changedAtMs: number) => void;
  readonly onIgnored: (relation: Pgoutput.MessageRelation) => void;
}

export interface TransactionStart {
  readonly xid: number;
  readonly lsn: bigint;
  readonly changedAtMs: number;
}

interface OpenTransaction extends TransactionStart {
  /** Whether the topics have it since before the connection broke. */
  readonly isRepeat: boolean;
  readonly byTable: Map<string, number>;
  index: number;
}

interface Change {
  readonly operation: ChangeOperation;
  readonly key?: Row;
  readonly before?: Row;
  readonly after?: Row;
  readonly newKey?: Row;
  readonly oldKey?: Row;
}

type Bound = BoundRelation | "ignored";

/** Makes change events of the stream's messages, and records of those. */
export class ChangeReader {
  readonly #options: ChangeReaderOptions;
  readonly #relations = new WeakMap<Pgoutput.MessageRelation, Bound>();
  /** The last schema of each table that the schemas topic was told of. */
  readonly #toldSchemas = new Map<CapturedTable, string>();
  #transaction: OpenTransaction | undefined;
  #readLsn: bigint;

  /** @param readLsn  of the last commit that the topics have whole */
  constructor(options: ChangeReaderOptions, readLsn: bigint) {
    this.#options = options;
    this.#readLsn = readLsn;
  }

  get isInTransaction(): boolean {
    return this.#transaction !== undefined;
  }

  /** Of the last commit that was read whole. */
  get readLsn(): bigint {
    return this.#readLsn;
  }

  /** @returns a promise where something had to be asked for */
  read(message: Pgoutput.Message): Promise<void> | undefined {
    switch (message.tag) {
      case "begin":
        return this.#begin(message);
      case "commit":
        return this.#commit();
      case "relation":
        return this.#relation(message);
      case "insert":
        return this.#insert(message);
      case "update":
        return this.#update(message);
      case "delete":
        return this.#delete(message);
      case "truncate":
        return this.#truncate(message);
      case "message":
        return this.#mark(message);
      default:
        return undefined;
    }
  }

  /** A row of a snapshot, or the truncation before the first: at the place of the mark's commit. */
  addRow(relation: BoundRelation, place: TransactionStart, index: number, row: Row): void {
    this.#tellSchema(relation);
    this.#write(relation.table, { operation: "read", key: keyOf(relation, row), after: row }, place, index, {
      schemaId: relation.schemaId,
    });
  }

  addReset(table: CapturedTable, place: TransactionStart): void {
    this.#write(table, { operation: "truncate" }, place, 0, {});
  }

  #begin({ xid, commitLsn, commitTime }: Pgoutput.MessageBegin): undefined {
    assertInvariant(this.#transaction === undefined, "a transaction begins inside of another one");
    const lsn = parseLsn(commitLsn ?? "0/0");
    this.#transaction = {
      xid: xid >>> 0,
      lsn,
      changedAtMs: Number((commitTime as bigint) / 1_000n),
      isRepeat: lsn <= this.#readLsn,
      byTable: new Map(),
      index: 0,
    };
  }

  #commit(): undefined {
    const transaction = this.#open();
    if (transaction.index > 0 && !transaction.isRepeat) {
      const counts = { total: transaction.index, byTable: transaction.byTable };
      this.#options.writer.add(transactionsTopic, [
        transactionRecord(idOf(transaction), transaction.changedAtMs, counts),
      ]);
    }
    if (!transaction.isRepeat) this.#readLsn = transaction.lsn;
    this.#transaction = undefined;
  }

  async #relation(message: Pgoutput.MessageRelation): Promise<void> {
    const bound = await this.#options.bind(message);
    this.#relations.set(message, bound ?? "ignored");
    if (bound === undefined) return this.#options.onIgnored(message);
    this.#tellSchema(bound);
    const chunk = this.#options.chunkOf(bound.table);
    const read = await chunk?.read;
    if (chunk && read && read.relation.schemaId !== bound.schemaId) chunk.changeSchema();
  }

  #insert(message: Pgoutput.MessageInsert): undefined {
    const relation = this.#bound(message.relation);
    if (relation === undefined) return;
    const after = rowOf(relation, message.new as Tuple);
    this.#emit(relation, { operation: "create", key: keyOf(relation, after), after });
  }

  #update(message: Pgoutput.MessageUpdate): Promise<void> | undefined {
    const relation = this.#bound(message.relation);
    if (relation === undefined) return;
    const old = (message.old ?? message.key) as Tuple | null;
    const tuple = old === null ? (message.new as Tuple) : withKeyOf(relation, message.new as Tuple, old);
    const after = rowOf(relation, tuple);
    const before = message.old === null ? {} : { before: rowOf(relation, message.old as Tuple) };
    const key = keyOf(relation, after);
    const oldKey = old === null ? key : keyOf(relation, rowOf(relation, old));
    if (recordKeyOf(oldKey) === recordKeyOf(key)) {
      this.#emit(relation, { operation: "update", key, ...before, after });
      return;
    }
    return this.#move(relation, tuple, { oldKey, key, ...before, after });
  }

  /** Two changes: who keeps rows by their key knows nothing of the new one yet, not even what was not changed. */
  #move(
    relation: BoundRelation,
    tuple: Tuple,
    moved: { readonly oldKey: Row; readonly key: Row; readonly before?: Row; readonly after: Row },
  ): Promise<void> | undefined {
    const { oldKey, key, before = oldKey, after } = moved;
    this.#emit(relation, { operation: "delete", key: oldKey, before, newKey: key });
    const missing = missingColumns(relation, tuple);
    const create = (filling: Row | undefined): void =>
      this.#emit(relation, { operation: "create", key, after: { ...after, ...filling }, oldKey });
    if (missing.length > 0 && !this.#open().isRepeat) {
      return this.#options.readColumns(relation, tuple, missing, this.#open().xid).then(create);
    }
    create(undefined);
    return undefined;
  }

  #delete(message: Pgoutput.MessageDelete): undefined {
    const relation = this.#bound(message.relation);
    if (relation === undefined) return;
    // Of the default identity only the key was sent: nulls beside it would say what nobody knows.
    const before = rowOf(relation, (message.old ?? message.key) as Tuple, true);
    this.#emit(relation, { operation: "delete", key: keyOf(relation, before), before });
  }

  #truncate({ relations }: Pgoutput.MessageTruncate): undefined {
    for (const each of relations) {
      const relation = this.#bound(each);
      if (relation !== undefined) this.#emit(relation, { operation: "truncate" });
    }
  }

  #mark(message: Pgoutput.MessageMessage): Promise<void> | undefined {
    if (message.transactional) return this.#options.onMark(message, this.#open());
  }

  #emit({ table, schemaId }: BoundRelation, change: Change): void {
    const transaction = this.#open();
    const index = transaction.index++;
    const tableOrder = (transaction.byTable.get(table.name) ?? 0) + 1;
    transaction.byTable.set(table.name, tableOrder);
    if (transaction.isRepeat) return;
    const id = idOf(transaction);
    if (index === 0) {
      this.#options.writer.add(transactionsTopic, [transactionRecord(id, transaction.changedAtMs)]);
    }
    const chunk = this.#options.chunkOf(table);
    if (change.operation === "truncate") chunk?.truncate();
    else chunk?.change(change.key!, change.after);
    this.#write(table, change, transaction, index, {
      schemaId,
      transaction: { id, totalOrder: index + 1, tableOrder },
    });
  }

  #write(
    table: CapturedTable,
    { operation, key = {}, before, after, newKey, oldKey }: Change,
    { lsn, changedAtMs }: TransactionStart,
    index: number,
    more: Pick<ChangeEvent, "schemaId" | "transaction">,
  ): void {
    const { writer, source, clock, partitionsOf, onChange } = this.#options;
    const change: ChangeEvent = {
      schema: table.schema,
      table: table.table,
      operation,
      key,
      before,
      after,
      position: { lsn, index },
      changedAtMs,
      capturedAtMs: clock(),
      ...(newKey && { newKey }),
      ...(oldKey && { oldKey }),
      ...more,
    };
    writer.add(table.topic, changeRecords(change, source, partitionsOf(table.topic)));
    onChange(table, operation, changedAtMs);
  }

  #tellSchema({ table, schema, schemaId }: BoundRelation): void {
    if (this.#toldSchemas.get(table) === schemaId) return;
    this.#toldSchemas.set(table, schemaId);
    this.#options.writer.add(schemasTopic, [schemaRecord(schema)]);
  }

  #bound(relation: Pgoutput.MessageRelation): BoundRelation | undefined {
    const bound = this.#relations.get(relation);
    assertInvariant(bound !== undefined, `rows of ${relation.name} come before what they are`);
    return bound === "ignored" ? undefined : bound;
  }

  #open(): OpenTransaction {
    assertInvariant(this.#transaction !== undefined, "a change is outside of a transaction");
    return this.#transaction;
  }
}

function idOf({ xid, lsn }: TransactionStart): string {
  return `${xid}:${lsn}`;
}

/** A large value in the key that did not change is only in the old tuple. */
function withKeyOf({ primaryKey }: BoundRelation, tuple: Tuple, old: Tuple): Tuple {
  const missing = primaryKey.filter((name) => tuple[name] === undefined);
  return missing.length === 0 ? tuple : { ...tuple, ...Object.fromEntries(missing.map((name) => [name, old[name]])) };
}
