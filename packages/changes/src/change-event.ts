/** As JSON has it, but that no integer is rounded: one past 2^53 is a bigint. Decimals come as text. */
export type ColumnValue =
  null | boolean | number | bigint | string | readonly ColumnValue[] | { readonly [name: string]: ColumnValue };

export type Row = Readonly<Record<string, ColumnValue>>;

/** What a large column says that was not changed, and which the database therefore did not send. Debezium's word. */
export const unavailableValue = "__debezium_unavailable_value";

/** `read` is a row of a snapshot. */
export type ChangeOperation = "create" | "update" | "delete" | "read" | "truncate";

/** Where a change stands among all of its source: it grows in the order in which the source tells its changes. */
export interface ChangePosition {
  /** Of a database the commit's place in its transaction log; of a feed the time of its import, µs. */
  readonly lsn: bigint;
  /** Among the changes of one `lsn`. */
  readonly index: number;
}

export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** A transaction's changes stand one after the other in the source, and in several partitions of the log. */
export interface TransactionPlace {
  readonly id: string;
  /** Among the transaction's changes, from 1. */
  readonly totalOrder: number;
  /** Among its changes of this table, from 1. */
  readonly tableOrder: number;
}

/** A change of one row, or (`truncate`) of all rows of a table. */
export interface ChangeEvent extends TableName {
  readonly operation: ChangeOperation;
  /** The values of the primary key, in its order. Empty for `truncate`. */
  readonly key: Row;
  /** The row as it was; undefined where the source does not say. */
  readonly before: Row | undefined;
  /** The row as it is; undefined for `delete` and `truncate`. */
  readonly after: Row | undefined;
  readonly position: ChangePosition;
  /** When the source made it, ms. */
  readonly changedAtMs: number;
  /** When it was captured, ms. */
  readonly capturedAtMs: number;
  readonly transaction?: TransactionPlace;
  /** Of the `delete` that a change of the primary key begins with: where the row went. */
  readonly newKey?: Row;
  /** Of the `create` that it ends with: where the row came from. */
  readonly oldKey?: Row;
  /** Fingerprint of the `TableSchema` that the row has. */
  readonly schemaId?: string;
}

/** @returns below 0 if `a` is the earlier */
export function comparePositions(a: ChangePosition, b: ChangePosition): number {
  if (a.lsn !== b.lsn) return a.lsn < b.lsn ? -1 : 1;
  return a.index - b.index;
}
