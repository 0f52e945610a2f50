import type { AppendRecord, RecordHeaders } from "@footfall/log";
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
 * forgets the row.
 */
export function changeRecords(change: ChangeEvent, source: ChangeSource): readonly AppendRecord[] {
  const key = change.operation === "truncate" ? null : recordKeyOf(change.key);
  const value = Buffer.from(stringifyExactJson(envelopeOf(change, source)));
  const headers = headersOf(change);
  const record = { key, value, ...(headers.size > 0 && { headers }) };
  return change.operation === "delete" ? [record, { key, value: null }] : [record];
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
