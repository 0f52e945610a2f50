import type { ColumnValue } from "@footfall/changes";
import type { Client } from "pg";
import { parse as parseArray } from "postgres-array";
import { dateDays, exactInteger, timeMicros, timestampMicros, timestampUtc } from "./date-times.ts";

/** From PostgreSQL's text to what the envelope says; never of null. */
export type ReadValue = (text: string) => ColumnValue;

/**
 * By OID of the built-in type. All others (numeric, json, uuid, enums, ranges, intervals in ISO 8601, …) stay text:
 * JSON has no number that holds a numeric, and months of an interval have no length.
 */
const builtIn: ReadonlyMap<number, ReadValue> = new Map<number, ReadValue>([
  [16, (text) => text === "t"],
  [17, (text) => Buffer.from(text.slice(2), "hex").toString("base64")],
  [20, (text) => exactInteger(BigInt(text))],
  [21, Number],
  [23, Number],
  [26, Number],
  [700, floatOf],
  [701, floatOf],
  [1082, dateDays],
  [1083, timeMicros],
  [1114, timestampMicros],
  [1184, timestampUtc],
]);
const asText: ReadValue = (text) => text;
const firstUserOid = 16_384;

interface TypeRow {
  readonly kind: string;
  readonly base: string;
  readonly element: string;
  readonly delimiter: string;
}

/** How values of columns are read, by type. Domains are read as what they are made of. */
export class ColumnTypes {
  readonly #client: Client;
  readonly #known = new Map<number, ReadValue>(builtIn);

  constructor(client: Client) {
    this.#client = client;
  }

  /** @throws Error of the database */
  async reader(oid: number): Promise<ReadValue> {
    const known = this.#known.get(oid);
    if (known) return known;
    const { rows } = await this.#client.query<TypeRow>(
      `select t.typtype as kind, t.typbasetype as base, e.typdelim as delimiter,
         case when t.typsubscript = 'array_subscript_handler'::regproc then t.typelem else 0 end as element
       from pg_type t left join pg_type e on e.oid = t.typelem where t.oid = $1`,
      [oid],
    );
    const reader = await this.#readerOf(rows[0]);
    // A dropped type's number may name another one later; those of the system stay.
    if (rows[0] !== undefined || oid < firstUserOid) this.#known.set(oid, reader);
    return reader;
  }

  async #readerOf(type: TypeRow | undefined): Promise<ReadValue> {
    if (type === undefined) return asText;
    if (type.kind === "d") return this.reader(Number(type.base));
    // Boxes are told apart by `;`, and stay text.
    if (type.element === "0" || type.delimiter !== ",") return asText;
    const element = await this.reader(Number(type.element));
    return (text) => parseArray(text, element);
  }
}

/** JSON has no NaN and no infinity; they are text as PostgreSQL writes it. */
function floatOf(text: string): ColumnValue {
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}
