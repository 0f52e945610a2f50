import { parseExactJson, type Row } from "@footfall/changes";
import type { Client } from "pg";

/** Every kind of column that a capture may spell in its own way. */
export const variedColumns = `id int primary key, title text, price numeric(10,2), weight numeric, in_stock boolean,
  changed_at timestamptz, doc jsonb, raw json, tags text[], sizes int[], counts bigint[], photo bytea, body text`;

/** Large values of it are kept outside of the row, and not sent again where they did not change. */
export async function createVariedTable(client: Client, table: string): Promise<void> {
  await client.query(`create table ${table} (${variedColumns})`);
  for (const column of ["doc", "raw", "tags", "sizes", "counts", "photo", "body"]) {
    await client.query(`alter table ${table} alter ${column} set storage external`);
  }
}

/**
 * The rows of such a table as the envelope has them, by their key; but points in time in µs since 1970, for there are
 * several ways to write one.
 */
export async function sourceRows(client: Client, table: string): Promise<Map<string, Row>> {
  const { rows } = await client.query<{ id: number; row: string }>(
    `select id, json_build_object('id', id, 'title', title, 'price', price::text, 'weight', weight::text,
      'in_stock', in_stock, 'changed_at', (extract(epoch from changed_at) * 1000000)::bigint::text,
      'doc', doc::text, 'raw', raw::text, 'tags', tags, 'sizes', sizes, 'counts', counts,
      'photo', translate(encode(photo, 'base64'), E'\\n', ''), 'body', body)::text as row from ${table}`,
  );
  return new Map(rows.map(({ id, row }) => [JSON.stringify([String(id)]), parseExactJson(row) as Row]));
}

/** A row that was read from a topic, with its points in time as `sourceRows` has them. */
export function withTimes(row: Row): Row {
  const text = row["changed_at"];
  return typeof text === "string" ? { ...row, changed_at: microsecondsOf(text) } : row;
}

/** `2026-11-29T08:11:12.123456Z` → `1795939872123456`. */
function microsecondsOf(text: string): string {
  const [, seconds, fraction = ""] = /^(.*?)(?:\.(\d+))?Z$/.exec(text) ?? [];
  return seconds === undefined
    ? text
    : `${BigInt(Date.parse(`${seconds}Z`)) * 1_000n + BigInt(fraction.padEnd(6, "0"))}`;
}
