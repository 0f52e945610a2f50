import type { ClientBase } from "pg";
import type { NetEffect, RowEffect } from "./net-effect.ts";
import type { TargetColumn, TargetTable } from "./target-table.ts";

/** Where the keys are that each partition of the log has written, for `truncate`. */
export interface KeysTable {
  readonly sqlName: string;
  readonly replica: string;
}

/** Rows as a statement has them: `a`, with columns `k0…` of the key, `v0…` of the values, `p` the partition. */
interface RowsSource {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Writes what changes of a table come to, in the transaction under way. @throws errors of the database */
export async function writeEffect(client: ClientBase, keys: KeysTable, effect: NetEffect): Promise<void> {
  const { table, rows, truncated } = effect;
  if (truncated.size > 0) await deletePartitions(client, keys, table, [...truncated]);
  const removed = rows.filter((row) => row.isRemoved);
  if (removed.length > 0) await deleteRows(client, keys, table, removed);
  const groups = new Map<string, RowEffect[]>();
  for (const row of rows) {
    if (row.values === undefined) continue;
    const columns = [...row.values.keys()].sort().join("\0");
    const group = groups.get(columns);
    if (group) group.push(row);
    else groups.set(columns, [row]);
  }
  for (const group of groups.values()) await putRows(client, keys, table, group);
}

/** Deletes the rows that this replica has written, and no others. */
export async function deleteAll(client: ClientBase, keys: KeysTable, table: TargetTable): Promise<void> {
  await deleteByKeys(client, keys, table, "true", []);
}

async function deletePartitions(
  client: ClientBase,
  keys: KeysTable,
  table: TargetTable,
  partitions: readonly number[],
): Promise<void> {
  await deleteByKeys(client, keys, table, "x.partition = any ($3::int[])", [[...partitions]]);
}

async function deleteByKeys(
  client: ClientBase,
  { sqlName, replica }: KeysTable,
  table: TargetTable,
  which: string,
  more: readonly unknown[],
): Promise<void> {
  await client.query(
    `with gone as (
       delete from ${sqlName} x where x.replica = $1 and x.relation = $2 and ${which} returning x.key
     ) delete from ${table.sqlName} t using gone where ${keyOf(table)} = gone.key`,
    [replica, table.name, ...more],
  );
}

async function deleteRows(
  client: ClientBase,
  { sqlName, replica }: KeysTable,
  table: TargetTable,
  rows: readonly RowEffect[],
): Promise<void> {
  const source = rowsSource(table, rows, [], 3);
  await client.query(
    `with a as (${source.sql}), gone as (
       delete from ${table.sqlName} t using a where ${isSameKey(table)} returning ${keyOf(table)} as key
     ) delete from ${sqlName} x using gone where x.replica = $1 and x.relation = $2 and x.key = gone.key`,
    [replica, table.name, ...source.parameters],
  );
}

/** @param rows  all with values in the same columns */
async function putRows(
  client: ClientBase,
  { sqlName, replica }: KeysTable,
  table: TargetTable,
  rows: readonly RowEffect[],
): Promise<void> {
  const isKey = new Set(table.primaryKey.map((column) => column.name));
  const names = [...rows[0]!.values!.keys()].filter((name) => !isKey.has(name));
  const columns = names.map((name) => table.columns.get(name)!);
  const { sql, parameters } = rowsSource(table, rows, columns, 1);
  if (columns.length > 0) {
    const set = columns.map((column, at) => `${column.sqlName} = a.v${at}`).join(", ");
    await client.query(`with a as (${sql}) update ${table.sqlName} t set ${set} from a where ${isSameKey(table)}`, [
      ...parameters,
    ]);
  }
  const into = [...table.primaryKey, ...columns].map((column) => column.sqlName).join(", ");
  const from = [...table.primaryKey.map((_, at) => `a.k${at}`), ...columns.map((_, at) => `a.v${at}`)].join(", ");
  await client.query(
    `with a as (${sql}) insert into ${table.sqlName} (${into}) overriding system value
     select ${from} from a where not exists (select from ${table.sqlName} t where ${isSameKey(table)})`,
    [...parameters],
  );
  const source = rowsSource(table, rows, [], 3);
  await client.query(
    `with a as (${source.sql}) insert into ${sqlName} as x (replica, relation, key, partition)
     select $1, $2, ${keyOf(table)}, a.p from a join ${table.sqlName} t on ${isSameKey(table)}
     on conflict (replica, relation, key) do update set partition = excluded.partition
     where x.partition <> excluded.partition`,
    [replica, table.name, ...source.parameters],
  );
}

function rowsSource(
  table: TargetTable,
  rows: readonly RowEffect[],
  columns: readonly TargetColumn[],
  firstParameter: number,
): RowsSource {
  const keyNames = table.primaryKey.map((_, at) => `k${at}`);
  const names = [...keyNames, ...columns.map((_, at) => `v${at}`)];
  const casts = [...table.primaryKey, ...columns].map(
    (column, at) => `r.${names[at]}::${column.castTo} as ${names[at]}`,
  );
  const arrays = names.map((_, at) => `$${firstParameter + at}::text[]`);
  const partitions = `$${firstParameter + names.length}::int[]`;
  return {
    sql: `select ${casts.join(", ")}, r.p from unnest(${[...arrays, partitions].join(", ")}) r (${names.join(", ")}, p)`,
    parameters: [
      ...table.primaryKey.map((_, at) => rows.map((row) => row.key[at]!)),
      ...columns.map(({ name }) => rows.map((row) => row.values!.get(name)!)),
      rows.map((row) => row.partition),
    ],
  };
}

function isSameKey(table: TargetTable): string {
  return table.primaryKey.map((column, at) => `t.${column.sqlName} = a.k${at}`).join(" and ");
}

/** The key as `KeysTable` has it: as the database writes it. */
function keyOf(table: TargetTable): string {
  return `array[${table.primaryKey.map((column) => `t.${column.sqlName}::text`).join(", ")}]`;
}
