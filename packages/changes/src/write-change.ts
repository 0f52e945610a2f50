import { type AppendRecord, partitionOfKey, type RecordHeaders } from "@footfall/log";
import type { ChangeEvent, ChangeOperation, Row } from "./change-event.ts";
import { stringifyExactJson } from "./exact-json.ts";

export const schemaIdHeader = "footfall-schema";

const letters: Readonly<Record<ChangeOperation, string>> = {
  create: "c",
  update: "u",
  delete: "d",
  read: "r",
  truncate: "t",
};

/** Who says so. */
export interface ChangeSource {
  /** Name of the capture: tells apart two databases with equal tables. */
  readonly name: string;
  readonly database: string;
  readonly version: string;
}

/** The key of a row's records: its values in JSON, in the key's order. */
export function recordKeyOf(key: Row): string {
  return stringifyExactJson(key);
}

/**
 * The records of a change, in Debezium's envelope: one, or for a `delete` a tombstone too, so that a compacted topic
 * forgets the row. A `truncate` is told in each partition, since it concerns the rows of all.
 * @param partitions  of the table's topic
 */
export function changeRecords(change: ChangeEvent, source: ChangeSource, partitions = 1): readonly AppendRecord[] {
  const value = Buffer.from(stringifyExactJson(envelopeOf(change, source)));
  const named = headersOf(change);
  const headers = named.size > 0 ? { headers: named } : {};
  if (change.operation === "truncate") {
    return Array.from({ length: partitions }, (_, at) => ({ key: truncateKey(at, partitions), value, ...headers }));
  }
  const key = recordKeyOf(change.key);
  const record = { key, value, ...headers };
  return change.operation === "delete" ? [record, { key, value: null }] : [record];
}

/** A key of the partition that no row has. */
function truncateKey(partition: number, partitions: number): string {
  for (let at = 0; ; at += 1) {
    const key = JSON.stringify({ __truncate: at });
    if (partitionOfKey(key, partitions) === partition) return key;
  }
}

/** Two records tell of a changed primary key; Debezium's headers say that they belong together. */
function headersOf({ schemaId, newKey, oldKey }: ChangeEvent): RecordHeaders {
  const headers = new Map<string, Uint8Array>();
  if (schemaId !== undefined) headers.set(schemaIdHeader, Buffer.from(schemaId));
  if (newKey !== undefined) headers.set("__debezium.newkey", Buffer.from(recordKeyOf(newKey)));
  if (oldKey !== undefined) headers.set("__debezium.oldkey", Buffer.from(recordKeyOf(oldKey)));
  return headers;
}

function envelopeOf(change: ChangeEvent, { name, database, version }: ChangeSource) {
  const { position, transaction } = change;
  return {
    before: change.before ?? null,
    after: change.after ?? null,
    source: {
      version,
      connector: "footfall",
      name,
      ts_ms: change.changedAtMs,
      snapshot: change.operation === "read" ? "true" : "false",
      db: database,
      sequence: JSON.stringify([`${position.lsn}`, `${position.index}`]),
      schema: change.schema,
      table: change.table,
      txId: transaction === undefined ? null : BigInt(transaction.id.split(":")[0]!),
      lsn: position.lsn,
    },
    op: letters[change.operation],
    ts_ms: change.capturedAtMs,
    transaction:
      transaction === undefined
        ? null
        : {
            id: transaction.id,
            total_order: transaction.totalOrder,
            data_collection_order: transaction.tableOrder,
          },
  };
}
