import type { LogRecord } from "@footfall/log";
import { type Static, Type } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import type { ChangeEvent, ChangeOperation, ChangePosition, Row } from "./change-event.ts";
import { readConnectRow } from "./connect-schema.ts";
import { parseExactJson } from "./exact-json.ts";
import { readUnavailable } from "./unavailable-values.ts";
import { schemaIdHeader } from "./write-change.ts";

export type ReadChange =
  | { readonly is: "change"; readonly change: ChangeEvent }
  /** For compaction only; the deletion itself came before. */
  | { readonly is: "tombstone" }
  /** What is wrong with it, for people. */
  | { readonly is: "unreadable"; readonly reason: string };

const operations: Readonly<Record<string, ChangeOperation>> = {
  c: "create",
  u: "update",
  d: "delete",
  r: "read",
  t: "truncate",
};

/** What a signed integer of 64 bits holds, as replicas store it. */
const lsnMax = 2n ** 63n - 1n;
/** Past it a number would be rounded onto its neighbours. */
const indexMax = BigInt(Number.MAX_SAFE_INTEGER);

const integer = Type.Union([Type.Integer(), Type.BigInt()]);
const row = Type.Optional(Type.Union([Type.Null(), Type.Record(Type.String(), Type.Unknown())]));
const sourceSchema = Type.Object({
  connector: Type.String(),
  schema: Type.String(),
  table: Type.String(),
  ts_ms: Type.Integer(),
  sequence: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  lsn: Type.Optional(Type.Union([integer, Type.Null()])),
});
type EnvelopeSource = Static<typeof sourceSchema>;
const envelopeSchema = Type.Object({
  before: row,
  after: row,
  source: sourceSchema,
  op: Type.Union(Object.keys(operations).map((letter) => Type.Literal(letter))),
  ts_ms: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  transaction: Type.Optional(
    Type.Union([
      Type.Null(),
      Type.Object({ id: Type.String(), total_order: Type.Integer(), data_collection_order: Type.Integer() }),
    ]),
  ),
});
type Envelope = Static<typeof envelopeSchema>;
const envelope = TypeCompiler.Compile(envelopeSchema);

/**
 * Reads a record of a topic of changes: our own, or Debezium's in JSON, with its schema or without. With the schema,
 * values come as ours do (decimals as text); without it nothing tells base64 from text, so Debezium must then run with
 * `decimal.handling.mode` string or double. Total: whoever may append may have appended anything.
 */
export function readChange({ key, value, headers }: Pick<LogRecord, "key" | "value" | "headers">): ReadChange {
  if (value === null) return { is: "tombstone" };
  let parsed: unknown;
  let parsedKey: unknown;
  try {
    parsed = parseExactJson(value.toString());
    parsedKey = key === null ? {} : parseExactJson(key);
  } catch (error) {
    return { is: "unreadable", reason: `no JSON: ${(error as Error).message}` };
  }
  const { payload, schema } = unwrap(parsed);
  if (!envelope.Check(payload)) {
    const problem = envelope.Errors(payload).First();
    return { is: "unreadable", reason: `no change: ${problem?.path || "it"}: ${problem?.message}` };
  }
  const position = positionOf(payload.source);
  if (typeof position === "string") return { is: "unreadable", reason: `no change: /source: ${position}` };
  const keyParts = unwrap(parsedKey);
  if (typeof keyParts.payload !== "object" || keyParts.payload === null) {
    return { is: "unreadable", reason: "no change: its key is no object; the table has no primary key" };
  }
  const { source, transaction } = payload;
  const schemaId = headers?.get(schemaIdHeader);
  return {
    is: "change",
    change: {
      schema: source.schema,
      table: source.table,
      operation: operations[payload.op]!,
      key: payload.op === "t" ? {} : readConnectRow(keyParts.payload as Row, keyParts.schema),
      before: readRow(payload, schema, "before"),
      after: readRow(payload, schema, "after"),
      position,
      changedAtMs: source.ts_ms,
      capturedAtMs: payload.ts_ms ?? source.ts_ms,
      ...(transaction && {
        transaction: {
          id: transaction.id,
          totalOrder: transaction.total_order,
          tableOrder: transaction.data_collection_order,
        },
      }),
      ...(schemaId && { schemaId: Buffer.from(schemaId).toString() }),
    },
  };
}

function readRow(payload: Envelope, schema: unknown, part: "before" | "after"): Row | undefined {
  const told = payload[part];
  if (!told) return undefined;
  const read = readConnectRow(told as Row, schema, part);
  // Our own captures have one spelling, and a shop's value may look like another.
  return payload.source.connector === "footfall" ? read : readUnavailable(read);
}

/** Connect's JSON converter puts a schema beside the value unless it is told not to. */
function unwrap(value: unknown): { readonly payload: unknown; readonly schema: unknown } {
  const isWrapped = typeof value === "object" && value !== null && "payload" in value && "schema" in value;
  return isWrapped ? { payload: value.payload, schema: value.schema } : { payload: value, schema: undefined };
}

/**
 * Debezium's `sequence` has the last commit before the change's transaction, and the change: in this order, changes
 * of several transactions grow as the source told them, while their own numbers do not.
 * @returns a text that says why there is none: a position past all others would make every later change a repeat
 */
function positionOf({ sequence, connector, lsn }: EnvelopeSource): ChangePosition | string {
  if (typeof sequence === "string") {
    const [, commit, within] = /^\[(null|"\d{1,20}"),"(\d{1,20})"\]$/.exec(sequence) ?? [];
    if (commit === undefined) return `its sequence ${shortened(sequence)} is no pair of positions`;
    return inRange(commit === "null" ? 0n : BigInt(commit.slice(1, -1)), BigInt(within!));
  }
  if (connector === "footfall" || lsn === undefined || lsn === null) return "has no lsn to order it by";
  return inRange(0n, BigInt(lsn));
}

function inRange(lsn: bigint, index: bigint): ChangePosition | string {
  if (lsn > lsnMax) return `its position ${shortened(`${lsn}`)} is past 64 bits`;
  if (index >= 0n && index <= indexMax) return { lsn, index: Number(index) };
  return `its position ${shortened(`${index}`)} is not from 0 to ${indexMax}`;
}

/** Anybody's text, in a message. */
function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
