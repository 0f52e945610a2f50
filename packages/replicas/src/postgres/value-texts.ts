import { type ColumnValue, stringifyExactJson } from "@footfall/changes";
import type { ClientBase } from "pg";
import { dateText, timestampText, timestampUtcText, timeText } from "./date-texts.ts";

/** From what the envelope says to PostgreSQL's text; never of null. Total: what it cannot read the server refuses. */
export type WriteValue = (value: ColumnValue) => string;

/** By OID of the built-in type; all others are text already. */
const builtIn: ReadonlyMap<number, WriteValue> = new Map<number, WriteValue>([
  [17, (value) => `\\x${Buffer.from(String(value), "base64").toString("hex")}`],
  [1082, dateText],
  [1083, timeText],
  [1114, timestampText],
  [1184, timestampUtcText],
]);

interface TypeRow {
  readonly kind: string;
  readonly base: string;
  readonly element: string;
}

/** How values of a type are written. Domains are written as what they are made of. @throws Error of the database */
export async function valueWriter(client: ClientBase, oid: number): Promise<WriteValue> {
  const known = builtIn.get(oid);
  if (known) return known;
  const { rows } = await client.query<TypeRow>(
    `select t.typtype as kind, t.typbasetype as base, case when e.oid is null then 0 else t.typelem end as element
     from pg_type t left join pg_type e on e.oid = t.typelem and e.typarray = t.oid where t.oid = $1`,
    [oid],
  );
  const type = rows[0];
  if (type?.kind === "d") return valueWriter(client, Number(type.base));
  if (type === undefined || type.element === "0") return plainText;
  const element = await valueWriter(client, Number(type.element));
  return (value) => (Array.isArray(value) ? arrayText(value, element) : plainText(value));
}

function plainText(value: ColumnValue): string {
  return typeof value === "object" ? stringifyExactJson(value) : String(value);
}

function arrayText(items: readonly ColumnValue[], element: WriteValue): string {
  const texts = items.map((item) => {
    if (item === null) return "NULL";
    if (Array.isArray(item)) return arrayText(item, element);
    return `"${element(item).replace(/["\\]/g, "\\$&")}"`;
  });
  return `{${texts.join(",")}}`;
}
