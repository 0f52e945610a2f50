import type { Row } from "@footfall/changes";
import type { Client } from "pg";
import type { CapturedTable } from "../postgres/captured-table.ts";
import { quoteName } from "../postgres/connect.ts";
import { readUnseen, type UnseenTransactions } from "../postgres/unseen-transactions.ts";
import type { ColumnTypes } from "../values/column-types.ts";
import { type BoundRelation, bindRelation, rowOf, type Tuple } from "./bound-relation.ts";

export interface ChunkRows {
  readonly relation: BoundRelation;
  readonly rows: readonly Row[];
  /** Texts of the last row's key; undefined of an empty chunk. */
  readonly lastKey: readonly string[] | undefined;
  readonly unseen: Pick<UnseenTransactions, "has">;
}

export interface ChunkRequest {
  readonly client: Client;
  readonly types: ColumnTypes;
  readonly table: CapturedTable;
  readonly lastKey: readonly string[] | undefined;
  readonly rowsMax: number;
}

/** Behind a change of schema that waits for its lock a chunk would wait too, and the stream with it. */
const lockMaxMs = 2_000;
const columnsQuery = `
  select attname as name, atttypid as type, atttypmod as modifier, format_type(atttypid, atttypmod) as type_name
  from pg_attribute where attrelid = $1 and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`;

/**
 * Reads the next rows by primary key, with the columns they have and the transactions they do not show, all of one
 * moment. The lock comes first: it is what keeps columns and rows together. Generated columns are left out, as in the
 * stream.
 * @returns undefined where somebody holds the table; to be tried again
 */
export async function readChunk(request: ChunkRequest): Promise<ChunkRows | undefined> {
  const { client, table } = request;
  await client.query(`begin isolation level repeatable read read only; set local lock_timeout = ${lockMaxMs}`);
  try {
    try {
      await client.query(`lock table ${table.sqlName} in access share mode`);
    } catch (error) {
      if ((error as { code?: string }).code === "55P03") return undefined;
      throw error;
    }
    return await readLocked(request);
  } finally {
    await client.query("rollback");
  }
}

async function readLocked({ client, types, table, lastKey, rowsMax }: ChunkRequest): Promise<ChunkRows> {
  const unseen = await readUnseen(client);
  const { rows: columns } = await client.query<Record<"name" | "type" | "modifier" | "type_name", string>>(
    columnsQuery,
    [table.oid],
  );
  const relation = await bindRelation(
    { client, types },
    table,
    columns.map(({ name, type, modifier }) => ({ name, typeOid: Number(type), typeMod: Number(modifier) })),
  );
  const typeOf = new Map(columns.map((column) => [column.name, column.type_name]));
  const key = table.primaryKey.map(quoteName).join(", ");
  const after = table.primaryKey.map((name, index) => `$${index + 1}::${typeOf.get(name)}`).join(", ");
  const { rows } = await client.query<Record<string, string | null>>(
    `select ${columns.map(({ name }) => quoteName(name)).join(", ")} from ${table.sqlName}
     ${lastKey === undefined ? "" : `where (${key}) > (${after})`} order by ${key} limit ${rowsMax}`,
    lastKey === undefined ? [] : [...lastKey],
  );
  const last = rows.at(-1);
  return {
    relation,
    rows: rows.map((row) => rowOf(relation, row as Tuple)),
    lastKey: last && table.primaryKey.map((name) => last[name]!),
    unseen,
  };
}
