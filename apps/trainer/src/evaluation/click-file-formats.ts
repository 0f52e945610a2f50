import { quotePath } from "@footfall/lake";

/**
 * SELECTs of clicks from public files: columns session and item as text, time_ms as a double, and kind:
 * view, addtocart or transaction; in the file's order.
 */
export interface ClickFileFormat {
  readonly description: string;
  readonly clicksSql: (path: string, part: "train" | "test") => string;
  /** What of a test session is predicted. */
  readonly predicts: "every click" | "last click";
}

const idleMsMax = 30 * 60_000;

/** A file whose first line names its columns, all read as text. @param delimiter  as SQL writes it */
const withHeader = (path: string, delimiter: string): string =>
  `read_csv(${quotePath(path)}, all_varchar = true, delim = '${delimiter}', header = true)`;

/** ms since the epoch of `2014-04-06T20:21:58.444Z` or `2019-10-01 00:00:00 UTC`. */
const isoMs = (column: string): string =>
  `epoch_ms(replace(replace(replace(${column}, ' UTC', ''), 'Z', ''), 'T', ' ')::TIMESTAMP)::DOUBLE`;

export const clickFileFormats = {
  "session-rec": {
    description: "TSV with header SessionId, ItemId, Time (seconds), as session-rec and Serenade prepare it",
    predicts: "every click",
    clicksSql: (path) => `SELECT SessionId AS session, ItemId AS item, Time::DOUBLE * 1000 AS time_ms, 'view' AS kind
FROM ${withHeader(path, "\\t")}`,
  },
  yoochoose: {
    description: "the original yoochoose-clicks.dat: session, ISO time, item, category, no header",
    predicts: "every click",
    clicksSql: (path) => `SELECT session, item, ${isoMs("time")} AS time_ms, 'view' AS kind
FROM read_csv(${quotePath(path)}, auto_detect = false, delim = ',', quote = '"', header = false,
  columns = {'session': 'VARCHAR', 'time': 'VARCHAR', 'item': 'VARCHAR', 'category': 'VARCHAR'})`,
  },
  retailrocket: {
    description: "CSV timestamp_s,visitorid,event,itemid,sessionid,categoryid",
    predicts: "every click",
    clicksSql: (path) => `SELECT sessionid AS session, itemid AS item, timestamp_s::DOUBLE * 1000 AS time_ms,
  event AS kind
FROM ${withHeader(path, ",")}`,
  },
  "retailrocket-events": {
    description:
      "the original events.csv: timestamp,visitorid,event,itemid,transactionid; sessions end after 30 idle minutes",
    predicts: "every click",
    clicksSql: (path) => `SELECT visitor || '-' || sum(starts) OVER before AS session, item, time_ms, kind
FROM (SELECT *, (time_ms - lag(time_ms, 1, 0) OVER before > ${idleMsMax})::INTEGER AS starts
  FROM (SELECT visitorid AS visitor, itemid AS item, timestamp::DOUBLE AS time_ms, event AS kind,
      row_number() OVER () AS row
    FROM ${withHeader(path, ",")})
  WINDOW before AS (PARTITION BY visitor ORDER BY time_ms, row))
WINDOW before AS (PARTITION BY visitor ORDER BY time_ms, row)
ORDER BY row`,
  },
  diginetica: {
    description: "the original train-item-views.csv: session_id;user_id;item_id;timeframe;eventdate",
    predicts: "every click",
    clicksSql: (path) => `SELECT session_id AS session, item_id AS item,
  epoch_ms(eventdate::TIMESTAMP)::DOUBLE + timeframe::DOUBLE AS time_ms, 'view' AS kind
FROM ${withHeader(path, ";")}`,
  },
  otto: {
    description: 'JSON lines {"session", "events": [{"aid", "ts", "type"}]}',
    predicts: "every click",
    clicksSql: (path) => `SELECT session, event.aid AS item, event.ts::DOUBLE AS time_ms,
  CASE event.type WHEN 'clicks' THEN 'view' WHEN 'carts' THEN 'addtocart' ELSE 'transaction' END AS kind
FROM (SELECT session, unnest(events) AS event FROM read_json(${quotePath(path)}, format = 'newline_delimited',
  columns = {session: 'VARCHAR', events: 'STRUCT(aid VARCHAR, ts BIGINT, type VARCHAR)[]'}))`,
  },
  rees46: {
    description: "CSV event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session",
    predicts: "every click",
    clicksSql: (path) => `SELECT user_session AS session, product_id AS item, ${isoMs("event_time")} AS time_ms,
  CASE event_type WHEN 'cart' THEN 'addtocart' WHEN 'purchase' THEN 'transaction' ELSE event_type END AS kind
FROM ${withHeader(path, ",")}`,
  },
  sessions: {
    description: "CSV with header session_id,item_id,ts (seconds)",
    predicts: "every click",
    clicksSql: (path) => `SELECT session_id AS session, item_id AS item, ts::DOUBLE * 1000 AS time_ms, 'view' AS kind
FROM ${withHeader(path, ",")}`,
  },
  prefixes: {
    description: "sessions as SR-GNN cuts them, no times: train a session a line, oldest first; test prefix<TAB>target",
    predicts: "last click",
    // A session's number stands for its time: without one, nothing can be said of its age.
    clicksSql: (path, part) => `SELECT number::VARCHAR AS session, unnest(string_split(clicks, ' ')) AS item,
  number::DOUBLE AS time_ms, 'view' AS kind
FROM (SELECT row_number() OVER () AS number, ${part === "test" ? "replace(line, chr(9), ' ')" : "line"} AS clicks
  FROM read_csv(${quotePath(path)}, header = false, auto_detect = false, delim = '\u0001', quote = '', escape = '',
    columns = {'line': 'VARCHAR'}))`,
  },
} as const satisfies Readonly<Record<string, ClickFileFormat>>;

export type ClickFileFormatName = keyof typeof clickFileFormats;
