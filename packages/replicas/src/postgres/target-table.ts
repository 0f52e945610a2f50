import { AppError } from "@footfall/base";
import type { TableName, TableSchema } from "@footfall/changes";
import type { ClientBase } from "pg";
import { holdsAll } from "./type-widening.ts";
import { valueWriter, type WriteValue } from "./value-texts.ts";

export interface TargetColumn {
  readonly name: string;
  /** Quoted, for statements. */
  readonly sqlName: string;
  /** What texts are cast to: without a length, for a cast to one cuts what is too long instead of refusing it. */
  readonly castTo: string;
  readonly write: WriteValue;
}

/** A table of the replica, and how rows of one schema are written to it. */
export interface TargetTable {
  /** `schema.table` of the replica. */
  readonly name: string;
  readonly sqlName: string;
  readonly columns: ReadonlyMap<string, TargetColumn>;
  readonly primaryKey: readonly TargetColumn[];
}

interface ColumnRow {
  readonly name: string;
  readonly oid: string;
  readonly type: string;
  readonly cast_to: string;
  readonly is_key: boolean;
}

/** A type as PostgreSQL writes it, which may be put into a statement once the server knows it. */
const plainType = /^[\w"][\w". ]*(\(\d+(,-?\d+)?\))?( with(out)? time zone)?(\[\])?$/;

const columnsQuery = `
  select a.attname as name, a.atttypid::text as oid, format_type(a.atttypid, a.atttypmod) as type,
    quote_ident(tn.nspname) || '.' || quote_ident(t.typname) as cast_to,
    coalesce(a.attnum = any (i.indkey), false) as is_key
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  join pg_type t on t.oid = a.atttypid join pg_namespace tn on tn.oid = t.typnamespace
  left join pg_index i on i.indrelid = c.oid and i.indisprimary
  where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p') order by a.attnum`;

/** @throws AppError REPLICA_TABLE_REFUSED */
export function refuseTable(name: string, what: string): never {
  throw new AppError("REPLICA_TABLE_REFUSED", `Table ${name} of the replica: ${what}.`, { context: { table: name } });
}

/**
 * Makes the table fit for rows of the schema, in the transaction under way: makes it where it is missing, adds columns,
 * widens them. Columns that the source has no more stay.
 * @param at      where it is in the replica
 * @param schema  undefined where the source tells none: then the table must be there
 * @returns and whether anything was changed
 * @throws AppError REPLICA_TABLE_REFUSED; errors of the database
 */
export async function bindTable(
  client: ClientBase,
  at: TableName,
  schema: TableSchema | undefined,
): Promise<{ readonly table: TargetTable; readonly hasChanged: boolean }> {
  const name = `${at.schema}.${at.table}`;
  await refusePublished(client, at, name);
  let columns = await readColumns(client, at);
  let hasChanged = false;
  if (schema === undefined) {
    if (columns.length === 0) refuseTable(name, "is missing, and its changes name no schema in cdc.schemas: create it");
  } else if ((await alterations(client, name, columns, schema)).length > 0) {
    await client.query("select pg_advisory_xact_lock(hashtext('footfall replica'))");
    // Another writer may have been first.
    const statements = await alterations(client, name, await readColumns(client, at), schema);
    if (statements.length > 0) await client.query(await schemaStatement(client, at.schema));
    for (const statement of statements) await client.query(statement);
    columns = await readColumns(client, at);
    hasChanged = statements.length > 0;
  }
  const key = columns.filter((column) => column.is_key).map((column) => column.name);
  if (key.length === 0) refuseTable(name, "has no primary key, which tells its rows apart: add it");
  if (schema && [...key].sort().join("\0") !== [...schema.primaryKey].sort().join("\0")) {
    const was = `is identified by (${key.join(", ")}), the source's by (${schema.primaryKey.join(", ")})`;
    refuseTable(name, `${was}: drop it, then start the capture once with --resnapshot`);
  }
  const bound = new Map<string, TargetColumn>();
  const sources = new Map(schema?.columns.map((column) => [column.name, column.type]));
  for (const column of columns) {
    const known = sources.has(column.name) ? await typeOid(client, sources.get(column.name)!) : undefined;
    bound.set(column.name, {
      name: column.name,
      sqlName: quoteName(column.name),
      castTo: column.cast_to,
      write: await valueWriter(client, known ?? Number(column.oid)),
    });
  }
  const primaryKey = key.map((each) => bound.get(each)!);
  return { table: { name, sqlName: sqlNameOf(at), columns: bound, primaryKey }, hasChanged };
}

/** For names in statements. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function sqlNameOf({ schema, table }: TableName): string {
  return `${quoteName(schema)}.${quoteName(table)}`;
}

/** Whoever names the source as the target would have each change come back as another one, for ever. */
async function refusePublished(client: ClientBase, { schema, table }: TableName, name: string): Promise<void> {
  const { rows } = await client.query<{ pubname: string }>(
    "select pubname from pg_publication_tables where schemaname = $1 and tablename = $2 limit 1",
    [schema, table],
  );
  if (rows[0] === undefined) return;
  refuseTable(
    name,
    `is captured itself (publication ${rows[0].pubname}), as a source is: choose another schema for it`,
  );
}

async function readColumns(client: ClientBase, { schema, table }: TableName): Promise<readonly ColumnRow[]> {
  const { rows } = await client.query<ColumnRow>(columnsQuery, [schema, table]);
  return rows;
}

/** @returns statements that are missing for rows of the schema; @throws AppError REPLICA_TABLE_REFUSED */
async function alterations(
  client: ClientBase,
  name: string,
  columns: readonly ColumnRow[],
  schema: TableSchema,
): Promise<readonly string[]> {
  const at = name.indexOf(".");
  const sqlName = sqlNameOf({ schema: name.slice(0, at), table: name.slice(at + 1) });
  const known = new Map(columns.map((column) => [column.name, column]));
  const wanted = [];
  for (const column of schema.columns) wanted.push({ ...column, type: await typeHere(client, column.type) });
  if (columns.length === 0) {
    const parts = wanted.map((column) => `${quoteName(column.name)} ${column.type}`);
    const key = schema.primaryKey.map(quoteName).join(", ");
    return [`create table ${sqlName} (${parts.join(", ")}, primary key (${key}))`];
  }
  return wanted.flatMap((column) => {
    const sqlColumn = quoteName(column.name);
    const present = known.get(column.name);
    if (present === undefined) return [`alter table ${sqlName} add column ${sqlColumn} ${column.type}`];
    if (holdsAll(present.type, column.type)) return [];
    if (!holdsAll(column.type, present.type)) {
      const types = `${present.type}, the source's is ${column.type} now`;
      refuseTable(name, `column ${column.name} is ${types}: alter it to a type that holds both`);
    }
    const cast = `${sqlColumn}::${column.type}`;
    return [`alter table ${sqlName} alter column ${sqlColumn} type ${column.type} using ${cast}`];
  });
}

async function schemaStatement(client: ClientBase, schema: string): Promise<string> {
  // `create schema if not exists` needs the right to create one even where it is there.
  const { rowCount } = await client.query("select from pg_namespace where nspname = $1", [schema]);
  return rowCount ? "select" : `create schema ${quoteName(schema)}`;
}

/** Enums and others that this database does not have are text. */
async function typeHere(client: ClientBase, type: string): Promise<string> {
  if ((await typeOid(client, type)) !== undefined) return type;
  return type.endsWith("[]") ? "text[]" : "text";
}

async function typeOid(client: ClientBase, type: string): Promise<number | undefined> {
  if (!plainType.test(type)) return undefined;
  const { rows } = await client.query<{ oid: string | null }>("select to_regtype($1)::oid::text as oid", [type]);
  return rows[0]?.oid ? Number(rows[0].oid) : undefined;
}
