import { type ColumnValue, type Row, schemaIdOf, type TableSchema, unavailableValue } from "@footfall/changes";
import type { Client } from "pg";
import type { CapturedTable } from "../postgres/captured-table.ts";
import type { ColumnTypes, ReadValue } from "../values/column-types.ts";

/** A column as the stream or the catalogue has it. */
export interface RelationColumn {
  readonly name: string;
  readonly typeOid: number;
  readonly typeMod: number;
}

/** Texts by column: null is null, undefined was not sent. */
export type Tuple = Readonly<Record<string, string | null | undefined>>;

/** How rows of a table are read until its next change of schema. */
export interface BoundRelation {
  readonly table: CapturedTable;
  readonly schema: TableSchema;
  readonly schemaId: string;
  readonly readers: readonly (readonly [name: string, read: ReadValue])[];
  /** The columns that identify a row, in the order of the primary key. */
  readonly primaryKey: readonly string[];
}

/**
 * @param keyColumns  those the stream marks; undefined where it marks all, and the catalogue says which identify a row
 */
export async function bindRelation(
  { client, types }: { readonly client: Client; readonly types: ColumnTypes },
  table: CapturedTable,
  columns: readonly RelationColumn[],
  keyColumns?: readonly string[],
): Promise<BoundRelation> {
  const primaryKey = orderedKey(table.primaryKey, keyColumns);
  const { rows } = await client.query<{ type: string; not_null: string | null }>(
    `select format_type(c.type, c.modifier) as type, a.attnotnull as not_null
     from unnest($1::oid[], $2::int[], $3::text[]) with ordinality c (type, modifier, name, place)
     left join pg_attribute a on a.attrelid = $4 and a.attname = c.name and not a.attisdropped order by c.place`,
    [
      columns.map(({ typeOid }) => typeOid >>> 0),
      columns.map(({ typeMod }) => typeMod),
      columns.map(({ name }) => name),
      table.oid,
    ],
  );
  const readers: [string, ReadValue][] = [];
  for (const { name, typeOid } of columns) readers.push([name, await types.reader(typeOid >>> 0)]);
  const schema: TableSchema = {
    schema: table.schema,
    table: table.table,
    columns: columns.map(({ name }, index) => ({
      name,
      type: rows[index]!.type,
      isNullable: rows[index]!.not_null !== "t",
    })),
    primaryKey,
  };
  return { table, schema, schemaId: schemaIdOf(schema), readers, primaryKey };
}

/** The catalogue may be ahead of the stream, which then knows the key's columns but not their order. */
function orderedKey(catalogue: readonly string[], marked: readonly string[] | undefined): readonly string[] {
  if (marked === undefined) return catalogue;
  const isSame = marked.length === catalogue.length && marked.every((name) => catalogue.includes(name));
  return isSame ? catalogue : marked;
}

/** @param isPartial  columns that were not sent are left out, instead of said to be unavailable */
export function rowOf(relation: BoundRelation, tuple: Tuple, isPartial = false): Row {
  const row: Record<string, ColumnValue> = {};
  for (const [name, read] of relation.readers) {
    const text = tuple[name];
    if (text === undefined) {
      if (!isPartial) row[name] = unavailableValue;
    } else row[name] = text === null ? null : read(text);
  }
  return row;
}

export function keyOf({ primaryKey }: BoundRelation, row: Row): Row {
  return Object.fromEntries(primaryKey.map((name) => [name, row[name]!]));
}

/** Columns of a row as it is that the database did not send. */
export function missingColumns(relation: BoundRelation, tuple: Tuple): readonly string[] {
  return relation.readers.flatMap(([name]) => (tuple[name] === undefined ? [name] : []));
}
