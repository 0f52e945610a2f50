import { quotePath, quoteText } from "@footfall/lake";
import { limits } from "@footfall/events";
import {
  type ClickLogFormat,
  type ClickLogRoles,
  eventNamesByWord,
  noValueWords,
  quietSessionColumn,
  rowColumns,
} from "@footfall/events/formats";
import { orderTexts, partitionTimeSql } from "../events/events-sql.ts";

// What `rowToClickEvent` says in TypeScript, said in SQL over the format's columns; a test holds them together.

/** A file of rows that DuckDB can split by itself: each line is one, and no cell is in quotes. */
export interface ClickLogSource {
  readonly format: ClickLogFormat;
  readonly path: string;
  readonly delimiter: string;
  readonly hasHeader: boolean;
  /** Name of each column of the file; undefined where the format does not know it. */
  readonly columns: readonly (string | undefined)[];
}

/** The format's columns, absent ones as empty text, so that the same row always looks the same. */
export function clickLogRowsSql({ format, path, delimiter, hasHeader, columns }: ClickLogSource): string {
  const types = columns.map((name, index) => `${quoteText(name ?? `unknown_${index}`)}: 'VARCHAR'`);
  const options = [
    "auto_detect = false",
    `header = ${hasHeader}`,
    `delim = ${quoteText(delimiter)}`,
    "quote = ''",
    "escape = ''",
    "null_padding = true",
    `columns = {${types.join(", ")}}`,
  ];
  const names = rowColumns(format).map((name) => `coalesce("${name}", '') AS "${name}"`);
  return `SELECT ${names.join(", ")} FROM read_csv(${quotePath(path)}, ${options.join(", ")})`;
}

const safeText = (column: string, lengthMax: number) => `regexp_full_match(${column}, '[ -~]{1,${lengthMax}}')`;
const noValueLengthMax = Math.max(...noValueWords.map((word) => word.length));
const isNoValue = (column: string) =>
  `(strlen(${column}) <= ${noValueLengthMax} AND lower(${column}) IN (${noValueWords.map(quoteText).join(", ")}))`;
const isSafeId = (column: string) => `(${safeText(column, limits.idLengthMax)} AND NOT ${isNoValue(column)})`;
/** The text of a column that may say nothing. */
const optional = (column: string) => `if(${isNoValue(`"${column}"`)}, '', "${column}")`;

/** The columns that may say nothing, each as an expression that is empty text then. */
interface OptionalTexts {
  readonly brand?: string;
  readonly category?: string;
  readonly transaction?: string;
  readonly price?: string;
  readonly quantity?: string;
}

function optionalTexts({ brand, category = [], transaction, price, quantity }: ClickLogRoles): OptionalTexts {
  return {
    ...(brand === undefined ? {} : { brand: optional(brand) }),
    ...(category.length === 0
      ? {}
      : { category: category.map(optional).reduceRight((b, a) => `if(${a} = '', ${b}, ${a})`) }),
    ...(transaction === undefined ? {} : { transaction: optional(transaction) }),
    ...(price === undefined ? {} : { price: optional(price) }),
    ...(quantity === undefined ? {} : { quantity: optional(quantity) }),
  };
}

/**
 * Whether a row is surely valid. Cautious on purpose: a row that fails is not refused but judged by the very code that
 * judges events sent over HTTP, so that both have the same rules and reasons.
 */
export function isPlainSql(format: ClickLogFormat, nowMs: number): string {
  const roles = format.roles!;
  const ids = new Set([roles.visitor, roles.session, roles.item]);
  const conditions = [...ids].map((id) => isSafeId(`"${id}"`));
  conditions.push(`time_ms BETWEEN ${limits.historicTimeMinMs} AND ${nowMs + limits.eventFutureMaxMs}`);
  if ("column" in roles.name) {
    conditions.push(`"${roles.name.column}" IN (${Object.keys(eventNamesByWord).map(quoteText).join(", ")})`);
  }
  // A word for no value is safe text too, so that only numbers must know of it here.
  const texts = [roles.brand, ...(roles.category ?? [])].filter((column) => column !== undefined);
  for (const column of texts) conditions.push(`("${column}" = '' OR ${safeText(`"${column}"`, limits.textLengthMax)})`);
  if (roles.transaction !== undefined) {
    conditions.push(`("${roles.transaction}" = '' OR ${safeText(`"${roles.transaction}"`, limits.idLengthMax)})`);
  }
  const numbers = { [roles.price ?? ""]: "[0-9]{1,9}(\\.[0-9]{1,6})?", [roles.quantity ?? ""]: "[0-9]{1,6}" };
  for (const [column, digits] of Object.entries(numbers)) {
    if (column !== "") conditions.push(`regexp_full_match("${column}", '(${digits}|(?i)null|\\\\N|nan)?')`);
  }
  return `coalesce(${conditions.join(" AND ")}, false)`;
}

/** Rows of table `events` from plain rows with `time_ms` and `event_id`. */
export function plainEventRowsSql(format: ClickLogFormat, rowsSql: string, tenant: string, nowMs: number): string {
  const roles = format.roles!;
  const { transaction } = optionalTexts(roles);
  const names = Object.entries(eventNamesByWord).map(([word, name]) => `${quoteText(word)}: ${quoteText(name)}`);
  const name =
    "always" in roles.name ? quoteText(roles.name.always) : `MAP {${names.join(", ")}}["${roles.name.column}"]`;
  const now = `make_timestamp(${nowMs} * 1000)`;
  const absent = (columns: readonly string[], type: string) => columns.map((column) => `NULL::${type} AS ${column}`);
  return `
SELECT event_id, ${name} AS name, "${roles.visitor}" AS visitor_id, "${roles.session}" AS session_id,
  NULL::INTEGER AS seq, make_timestamp(time_ms * 1000) AS occurred_at, ${now} AS sent_at, ${now} AS received_at,
  ${transaction === undefined ? "NULL::VARCHAR" : `nullif(${transaction}, '')`} AS transaction_id,
  ${absent(absentTexts, "VARCHAR").join(", ")}, ${absent(["value", "tax", "shipping"], "DOUBLE").join(", ")},
  ${itemsSql(roles)} AS items,
  ${absent(["recommendation_position", "log_partition"], "INTEGER").join(", ")},
  NULL::BIGINT AS log_offset, 1 AS schema_version, NULL::BOOLEAN AS is_bot,
  ${quoteText(tenant)} AS tenant, ${partitionTimeSql("time_ms")}, (time_ms // 3600000 % 24)::INTEGER AS hour
FROM (${rowsSql})`;
}

const absentTexts = [
  "user_id",
  "page_location",
  "page_referrer",
  "page_title",
  "search_term",
  "item_list_id",
  "item_list_name",
  "currency",
  "recommendation_request_id",
  "recommendation_placement",
  ...orderTexts,
];

/** `clickLogEventId` in SQL: adds column `event_id` to rows with `time_ms`. */
export function identifiedRowsSql(format: ClickLogFormat, rowsSql: string, tenant: string): string {
  const names = rowColumns(format).filter((name) => name !== quietSessionColumn);
  const text = names.map((name) => `"${name}"`).join(", ");
  // Of the ways to say this in SQL the quickest: `translate` and slices would double the cost of the whole row.
  const variant = "substr('89ab89ab89ab89ab', instr('0123456789abcdef', substr(digits, 4, 1)), 1)";
  return `SELECT * EXCLUDE (digits, time_digits),
    concat(substr(time_digits, 1, 8), '-', substr(time_digits, 9, 4), '-7', substr(digits, 1, 3), '-',
      ${variant}, substr(digits, 5, 3), '-', substr(digits, 8, 12)) AS event_id
  FROM (SELECT *, md5(concat_ws(chr(31), ${quoteText(tenant)}, ${quoteText(format.name)}, ${text})) AS digits,
    lpad(lower(to_hex(time_ms)), 12, '0') AS time_digits FROM (${rowsSql}))`;
}

function itemsSql(roles: ClickLogRoles): string {
  const { brand, category, price, quantity } = optionalTexts(roles);
  const parts = [`'[{"item_id":'`, `to_json("${roles.item}")`];
  const add = (field: string, text: string | undefined, value: string) => {
    if (text !== undefined) parts.push(`if(${text} = '', '', ',"${field}":' || ${value})`);
  };
  add("item_brand", brand, `to_json(${brand})`);
  add("item_category", category, `to_json(${category})`);
  add("price", price, `to_json(nullif(${price}, '')::DOUBLE)`);
  add("quantity", quantity, `to_json(nullif(${quantity}, '')::INTEGER)`);
  return `concat(${[...parts, "'}]'"].join(", ")})`;
}
