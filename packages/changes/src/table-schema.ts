import { createHash } from "node:crypto";
import type { AppendRecord } from "@footfall/log";
import type { TableName } from "./change-event.ts";

export interface Column {
  readonly name: string;
  /** As PostgreSQL writes it: `numeric(10,2)`, `timestamp with time zone`, `text[]`. */
  readonly type: string;
  readonly isNullable: boolean;
}

/** What rows of a table have, until the next one. Published in topic `cdc.schemas` before the first row that has it. */
export interface TableSchema extends TableName {
  readonly columns: readonly Column[];
  /** Names of the primary key's columns, in its order. */
  readonly primaryKey: readonly string[];
}

/** Equal for equal schemas: 16 hex digits. */
export function schemaIdOf({ schema, table, columns, primaryKey }: TableSchema): string {
  const parts = columns.map(({ name, type, isNullable }) => [name, type, isNullable]);
  return createHash("sha256")
    .update(JSON.stringify([schema, table, parts, primaryKey]))
    .digest("hex")
    .slice(0, 16);
}

/** The record of topic `cdc.schemas`: keyed by the fingerprint, so that a repeat says the same. */
export function schemaRecord(schema: TableSchema): AppendRecord {
  const { schema: name, table, columns, primaryKey } = schema;
  const value = JSON.stringify({ schema: name, table, columns, primaryKey });
  return { key: schemaIdOf(schema), value: Buffer.from(value) };
}
