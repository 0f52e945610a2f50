import { quoteText } from "@footfall/lake";
import { limits } from "@footfall/events";
import {
  type ClickLogFormat,
  type ClickLogFormatName,
  type ClickLogLayout,
  eventNamesByWord,
  secondsMax,
} from "@footfall/events/formats";
import { orderTexts, partitionTimeSql } from "../events/events-sql.ts";

/**
 * What `toClickEvent` of a format says in TypeScript, said in SQL over the format's columns; a test holds them
 * together.
 */
interface RowMeaningSql {
  readonly word: string;
  readonly visitor: string;
  readonly session: string;
  readonly time: string;
  readonly item: string;
  readonly brand?: string;
  readonly category?: string;
  readonly price?: string;
}

const meanings: Readonly<Record<Exclude<ClickLogFormatName, "jsonl">, RowMeaningSql>> = {
  retailrocket: {
    word: "event",
    visitor: "visitorid",
    session: "sessionid",
    time: "timestamp_s",
    item: "itemid",
    category: "categoryid",
  },
  rees46: {
    word: "event_type",
    visitor: "user_id",
    session: "user_session",
    time: "event_time",
    item: "product_id",
    brand: "brand",
    category: "if(category_code = '', category_id, category_code)",
    price: "price",
  },
  yoochoose: {
    word: "'view'",
    visitor: "session_id",
    session: "session_id",
    time: '"time"',
    item: "item_id",
    category: "category",
  },
  sessions: { word: "'view'", visitor: "session_id", session: "session_id", time: "ts", item: "item_id" },
};

export interface ClickLogSource {
  readonly format: ClickLogFormat;
  readonly layout: ClickLogLayout;
  readonly path: string;
}

/** A table function that reads the file's columns as text. @param onBadLine  `store` keeps lines that are not CSV */
export function readClickLogSql({ layout, path }: ClickLogSource, onBadLine: "store" | "skip"): string {
  const columns = layout.columns.map((name, index) => `${quoteText(name ?? `unknown_${index}`)}: 'VARCHAR'`);
  const options = [
    "auto_detect = false",
    `header = ${layout.hasHeader}`,
    `delim = ${layout.delimiter === "\t" ? "'\\t'" : "','"}`,
    `quote = '"'`,
    `escape = '"'`,
    "null_padding = true",
    onBadLine === "store" ? "store_rejects = true" : "ignore_errors = true",
    `columns = {${columns.join(", ")}}`,
  ];
  return `read_csv(${quoteText(path)}, ${options.join(", ")})`;
}

/** The format's columns, absent ones as empty text, so that the same row always looks the same. */
export function clickLogRowsSql(source: ClickLogSource, onBadLine: "store" | "skip"): string {
  const columns = source.format.columns.map(({ name }) => `coalesce("${name}", '') AS "${name}"`);
  return `SELECT ${columns.join(", ")} FROM ${readClickLogSql(source, onBadLine)}`;
}

const safeText = (column: string, lengthMax: number) => `regexp_full_match(${column}, '[ -~]{1,${lengthMax}}')`;

/**
 * Whether a row is surely valid. Cautious on purpose: a row that fails is not refused but judged by the very code that
 * judges events sent over HTTP, so that both have the same rules and reasons.
 */
export function isPlainSql({ format }: ClickLogSource, nowMs: number): string {
  const meaning = meaningOf(format);
  const words = Object.keys(eventNamesByWord).map(quoteText);
  const conditions = [
    ...new Set([meaning.visitor, meaning.session, meaning.item].map((id) => safeText(id, limits.idLengthMax))),
    `time_ms BETWEEN 0 AND ${nowMs + limits.eventFutureMaxMs}`,
  ];
  if (meaning.word !== "'view'") conditions.push(`${meaning.word} IN (${words.join(", ")})`);
  for (const text of [meaning.brand, meaning.category]) {
    if (text !== undefined) conditions.push(`(${text} = '' OR ${safeText(text, limits.textLengthMax)})`);
  }
  if (meaning.price !== undefined)
    conditions.push(`regexp_full_match(${meaning.price}, '([0-9]{1,9}(\\.[0-9]{1,6})?)?')`);
  return `coalesce(${conditions.join(" AND ")}, false)`;
}

/** Rows with column `time_ms`, NULL where the time has no form that SQL is sure of. */
export function timedRowsSql({ format }: ClickLogSource, rowsSql: string): string {
  const { time } = meaningOf(format);
  const number = `${time}::DOUBLE`;
  const fraction = `rpad(regexp_extract(${time}, '\\.([0-9]{1,3})', 1), 3, '0')::INTEGER`;
  return `SELECT *, CASE
    WHEN regexp_full_match(${time}, '[0-9]{1,15}') THEN
      if(${time}::BIGINT < ${secondsMax}, ${time}::BIGINT * 1000, ${time}::BIGINT)
    WHEN regexp_full_match(${time}, '[0-9]{1,16}(\\.[0-9]{1,9})?') THEN
      round(if(${number} < ${secondsMax}, ${number} * 1000, ${number}))::BIGINT
    WHEN regexp_full_match(${time},
      '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?( ?UTC|Z)?')
      THEN epoch_ms(try_cast(replace(substr(${time}, 1, 19), 'T', ' ') AS TIMESTAMP))
        + if(contains(${time}, '.'), ${fraction}, 0)
  END AS time_ms FROM (${rowsSql})`;
}

/** Rows of table `events` from plain rows with `time_ms`. */
export function plainEventRowsSql({ format }: ClickLogSource, rowsSql: string, tenant: string, nowMs: number): string {
  const meaning = meaningOf(format);
  const names = Object.entries(eventNamesByWord).map(([word, name]) => `${quoteText(word)}: ${quoteText(name)}`);
  const name = meaning.word === "'view'" ? "'view_item'" : `MAP {${names.join(", ")}}[${meaning.word}]`;
  const now = `make_timestamp(${nowMs} * 1000)`;
  const absent = (columns: readonly string[], type: string) => columns.map((column) => `NULL::${type} AS ${column}`);
  return `
SELECT event_id, ${name} AS name, ${meaning.visitor} AS visitor_id, ${meaning.session} AS session_id,
  NULL::INTEGER AS seq, make_timestamp(time_ms * 1000) AS occurred_at, ${now} AS sent_at, ${now} AS received_at,
  ${absent(absentTexts, "VARCHAR").join(", ")}, ${absent(["value", "tax", "shipping"], "DOUBLE").join(", ")},
  ${itemsSql(meaning)} AS items,
  ${absent(["recommendation_position", "log_partition"], "INTEGER").join(", ")},
  NULL::BIGINT AS log_offset, 1 AS schema_version,
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
  "transaction_id",
  "currency",
  "recommendation_request_id",
  "recommendation_placement",
  ...orderTexts,
];

/** `clickLogEventId` in SQL: adds column `event_id` to rows with `time_ms`. */
export function identifiedRowsSql({ format }: ClickLogSource, rowsSql: string, tenant: string): string {
  const text = format.columns.map(({ name }) => `"${name}"`).join(", ");
  // Of the ways to say this in SQL the quickest: `translate` and slices would double the cost of the whole row.
  const variant = "substr('89ab89ab89ab89ab', instr('0123456789abcdef', substr(digits, 4, 1)), 1)";
  return `SELECT * EXCLUDE (digits, time_digits),
    concat(substr(time_digits, 1, 8), '-', substr(time_digits, 9, 4), '-7', substr(digits, 1, 3), '-',
      ${variant}, substr(digits, 5, 3), '-', substr(digits, 8, 12)) AS event_id
  FROM (SELECT *, md5(concat_ws(chr(31), ${quoteText(tenant)}, ${quoteText(format.name)}, ${text})) AS digits,
    lpad(lower(to_hex(time_ms)), 12, '0') AS time_digits FROM (${rowsSql}))`;
}

function itemsSql({ item, brand, category, price }: RowMeaningSql): string {
  const parts = [`'[{"item_id":'`, `to_json(${item})`];
  if (brand !== undefined) parts.push(`if(${brand} = '', '', ',"item_brand":' || to_json(${brand}))`);
  if (category !== undefined) parts.push(`if(${category} = '', '', ',"item_category":' || to_json(${category}))`);
  if (price !== undefined) parts.push(`if(${price} = '', '', ',"price":' || to_json(nullif(${price}, '')::DOUBLE))`);
  return `concat(${[...parts, "'}]'"].join(", ")})`;
}

function meaningOf(format: ClickLogFormat): RowMeaningSql {
  return meanings[format.name as Exclude<ClickLogFormatName, "jsonl">];
}
