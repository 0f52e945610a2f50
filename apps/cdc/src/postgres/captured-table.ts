import { AppError } from "@footfall/base";
import { changesTopic, type TableName } from "@footfall/changes";
import type { Client } from "pg";
import { quoteName } from "./connect.ts";

/** A table whose changes are captured, as the catalogue has it at the start of a session. */
export interface CapturedTable extends TableName {
  /** A table that is made anew under an old name has another one. */
  readonly oid: number;
  /** `schema.table`, as in settings. */
  readonly name: string;
  /** Quoted for statements. */
  readonly sqlName: string;
  readonly topic: string;
  /** In the order of the primary key, which is the one its index is read by. */
  readonly primaryKey: readonly string[];
}

/** @throws AppError CDC_TABLE_REFUSED  naming each table that cannot be captured, and why */
export async function readCapturedTables(
  client: Client,
  names: readonly TableName[],
): Promise<readonly CapturedTable[]> {
  const read = [];
  for (const name of names) read.push(await readTable(client, name));
  const problems = read.filter((each) => typeof each === "string");
  if (problems.length > 0) throw new AppError("CDC_TABLE_REFUSED", `Not captured: ${problems.join("; ")}`);
  return read.filter((each) => typeof each !== "string");
}

const tableQuery = `
  select c.oid, c.relkind as kind, c.relpersistence as persistence, c.relreplident as identity, i.indisreplident as is_identity,
    to_json(array(
      select a.attname::text from unnest(i.indkey) with ordinality k (attnum, place)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum order by place
    )) as primary_key
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  left join pg_index i on i.indrelid = c.oid and i.indisprimary
  where n.nspname = $1 and c.relname = $2`;

interface TableRow {
  readonly oid: string;
  readonly kind: string;
  readonly persistence: string;
  readonly identity: string;
  readonly is_identity: string | null;
  readonly primary_key: string;
}

/** @returns what is wrong with it, where it cannot be captured */
async function readTable(client: Client, { schema, table }: TableName): Promise<CapturedTable | string> {
  const name = `${schema}.${table}`;
  const { rows } = await client.query<TableRow>(tableQuery, [schema, table]);
  const row = rows[0];
  if (row === undefined) return `${name} does not exist, or was renamed`;
  if (row.kind !== "r" && row.kind !== "p") return `${name} is no table`;
  if (row.persistence !== "p") return `${name} is unlogged or temporary: its changes are in no log`;
  const primaryKey = JSON.parse(row.primary_key) as string[];
  if (primaryKey.length === 0) return `${name} has no primary key; add one, or leave the table out`;
  if (row.identity === "n" || (row.identity === "i" && row.is_identity !== "t")) {
    return `${name} does not log its primary key; alter table ${name} replica identity default`;
  }
  return {
    schema,
    table,
    name,
    oid: Number(row.oid),
    sqlName: `${quoteName(schema)}.${quoteName(table)}`,
    topic: changesTopic({ schema, table }),
    primaryKey,
  };
}
