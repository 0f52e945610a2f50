import { itemInteractionNames, quotePath, quoteText } from "@footfall/lake";
import { itemsSql, sessionGapMs, type SessionKey, sessionLengthMaxMs } from "@footfall/windows";
import { partitionTimeSql } from "../events/events-sql.ts";

const dayMs = 24 * 3_600_000;

/**
 * How far around a span of a session key one has to look, and which of the key's sessions may change with it. Nearly
 * always two hours around are enough: if nothing lies in the outer gaps of what one sees, no session reaches beyond.
 * Otherwise three days show every session, even one that is cut because it is longer than a day.
 */
export const nearEvidenceMs = 2 * 3_600_000;
const farEvidenceMs = 3 * dayMs;

/** Events this long around a span may be needed. */
export function evidenceMs(isFar: boolean): number {
  return isFar ? farEvidenceMs : nearEvidenceMs;
}

/** Sessions that start at most this long before or after a span are recomputed with it. */
export function reachMs(isFar: boolean): number {
  return isFar ? sessionLengthMaxMs + sessionGapMs : nearEvidenceMs - sessionGapMs;
}

/** A column of relation `spans` turned into one of its two lengths. */
function perSpan(length: (isFar: boolean) => number): string {
  return `if(is_far, ${length(true)}, ${length(false)})`;
}

export const evidenceSql = perSpan(evidenceMs);
export const reachSql = perSpan(reachMs);

/** Whether an event of `events` belongs to a session. */
export const isInteractionSql = `items IS NOT NULL AND items <> '[]' AND name IN (${itemInteractionNames
  .map(quoteText)
  .join(", ")})`;

/** The columns of a session key. */
export const sessionKeySql = "tenant, visitor_id, session_id";
/** The same with their types, as `read_json` takes them. */
export const sessionKeyTypes = "tenant: 'VARCHAR', visitor_id: 'VARCHAR', session_id: 'VARCHAR'";

/** A session key as the SQL below names it. */
export interface SessionKeyRow {
  readonly tenant: string;
  readonly visitor_id: string;
  readonly session_id: string;
}

export function sessionKeyRow({ tenant, visitorId, sessionId }: SessionKey): SessionKeyRow {
  return { tenant, visitor_id: visitorId, session_id: sessionId };
}

/** Session keys from a file of JSON lines, each a `SessionKeyRow`. */
export function stagedKeysSql(path: string): string {
  return `SELECT * FROM read_json(${quotePath(path)}, format = 'newline_delimited', columns = {${sessionKeyTypes}})`;
}

/** Keys of relation `spans` (session key, first_ms, last_ms) with events near the edge of view. */
export const farSpansSql = `
SELECT DISTINCT ${sessionKeySql} FROM source JOIN spans USING (${sessionKeySql})
WHERE ${isInteractionSql} AND (
  epoch_ms(occurred_at) BETWEEN first_ms - ${nearEvidenceMs} AND first_ms - ${nearEvidenceMs - sessionGapMs}
  OR epoch_ms(occurred_at) BETWEEN last_ms + ${nearEvidenceMs - sessionGapMs} AND last_ms + ${nearEvidenceMs})`;

/**
 * Rows of `sessions` that have closed at the watermark, from relation `source` with the columns of `events`, for the
 * spans in relation `spans` (session key, first_ms, last_ms, is_far): all sessions of the key that start within
 * `reachMs` of the span.
 */
export function sessionRowsSql(watermarkMs: number): string {
  return placedSessionsSql({
    from: `source JOIN spans USING (${sessionKeySql})`,
    where: `epoch_ms(occurred_at) BETWEEN first_ms - ${evidenceSql} AND last_ms + ${evidenceSql}`,
    spanColumns: ["first_ms", "last_ms", "is_far"],
    isWanted: `session_start_ms BETWEEN first_ms - ${reachSql} AND last_ms + ${reachSql}
  AND (${hasClosedSql(watermarkMs)})`,
  });
}

/** Rows of all sessions in relation `source` that close while the watermark moves; see `sessionRowsSql`. */
export function closingSessionRowsSql(fromMs: number, toMs: number): string {
  const hadClosed = Number.isFinite(fromMs) ? hasClosedSql(fromMs) : "false";
  return placedSessionsSql({
    from: "source",
    where: "true",
    spanColumns: [],
    isWanted: `(${hasClosedSql(toMs)}) AND NOT (${hadClosed})`,
  });
}

function hasClosedSql(watermarkMs: number): string {
  return `run_end_ms + ${sessionGapMs} < ${watermarkMs} OR day >= 0 AND (day + 1) * ${dayMs} <= ${watermarkMs}`;
}

/**
 * Sessions of rows of `events`. It says in SQL what `SessionWindows` says in TypeScript; a test holds the two together.
 * Keys whose interactions all lie within one gap are one session each, which is found out in a single sort; only the
 * others are searched for gaps.
 */
function placedSessionsSql(parts: {
  readonly from: string;
  readonly where: string;
  readonly spanColumns: readonly string[];
  /** By session_start_ms, run_end_ms, day and the columns of spans. */
  readonly isWanted: string;
}): string {
  const columns = [sessionKeySql, "event_id", "name", ...parts.spanColumns].join(", ");
  return `
SELECT session_id, visitor_id,
  make_timestamp(session_start_ms * 1000) AS session_start, make_timestamp(session_end_ms * 1000) AS session_end,
  position::INTEGER AS position, item.item_id AS item_id, name AS event_name,
  make_timestamp(time_ms * 1000) AS occurred_at, event_id, coalesce(item.quantity, 1)::INTEGER AS quantity,
  item.price AS price, tenant, ${partitionTimeSql("session_start_ms")}
FROM (
  WITH placed AS MATERIALIZED (
    SELECT *, min(time_ms) OVER (PARTITION BY ${sessionKeySql}) AS id_first_ms,
      max(time_ms) OVER (PARTITION BY ${sessionKeySql}) AS id_last_ms,
      row_number() OVER (PARTITION BY ${sessionKeySql} ORDER BY time_ms, event_id, place) AS id_position
    FROM (
      SELECT * EXCLUDE (all_items), unnest(all_items) AS item, generate_subscripts(all_items, 1) AS place
      FROM (
        SELECT ${columns}, epoch_ms(occurred_at) AS time_ms, ${itemsSql} AS all_items
        FROM ${parts.from} WHERE ${isInteractionSql} AND ${parts.where}
      )
    )
  )
  SELECT * EXCLUDE (place, id_first_ms, id_last_ms, id_position), id_first_ms AS session_start_ms,
    id_last_ms AS session_end_ms, id_last_ms AS run_end_ms, -1 AS day, id_position AS position
  FROM placed WHERE id_last_ms - id_first_ms <= ${sessionGapMs}
  UNION ALL BY NAME
  ${searchedSessionsSql("placed")}
)
WHERE ${parts.isWanted}`;
}

/** Sessions of keys with more interactions than fit in a gap: cut at gaps, and at midnights where still too long. */
function searchedSessionsSql(placed: string): string {
  return `SELECT * EXCLUDE (place, id_position, run_no, run_start_ms, begins_run),
    min(time_ms) OVER part AS session_start_ms,
    max(time_ms) OVER part AS session_end_ms, row_number() OVER (part ORDER BY time_ms, event_id, place) AS position
  FROM (
    SELECT *, CASE WHEN run_end_ms - run_start_ms > ${sessionLengthMaxMs} THEN time_ms // ${dayMs} ELSE -1 END AS day
    FROM (
      SELECT *, min(time_ms) OVER run AS run_start_ms, max(time_ms) OVER run AS run_end_ms
      FROM (
        SELECT *, sum(begins_run) OVER (PARTITION BY ${sessionKeySql} ORDER BY id_position
          ROWS UNBOUNDED PRECEDING) AS run_no
        FROM (
          SELECT * EXCLUDE (id_first_ms, id_last_ms), (time_ms - lag(time_ms, 1, time_ms) OVER (
            PARTITION BY ${sessionKeySql} ORDER BY id_position) > ${sessionGapMs})::INTEGER AS begins_run
          FROM ${placed} WHERE id_last_ms - id_first_ms > ${sessionGapMs}
        )
      ) WINDOW run AS (PARTITION BY ${sessionKeySql}, run_no)
    )
  ) WINDOW part AS (PARTITION BY ${sessionKeySql}, run_no, day)`;
}

/** Rows of `sessions` from a file of JSON lines, each a `SessionRow`. */
export function stagedSessionRowsSql(path: string): string {
  return `
SELECT sessionId AS session_id, visitorId AS visitor_id, make_timestamp(sessionStartMs * 1000) AS session_start,
  make_timestamp(sessionEndMs * 1000) AS session_end, position, itemId AS item_id, eventName AS event_name,
  make_timestamp(occurredAtMs * 1000) AS occurred_at, eventId AS event_id, quantity, price,
  tenant, ${partitionTimeSql("sessionStartMs")}
FROM read_json(${quotePath(path)}, format = 'newline_delimited', columns = {
  tenant: 'VARCHAR', sessionId: 'VARCHAR', visitorId: 'VARCHAR', sessionStartMs: 'BIGINT', sessionEndMs: 'BIGINT',
  position: 'INTEGER', itemId: 'VARCHAR', eventName: 'VARCHAR', occurredAtMs: 'BIGINT', eventId: 'VARCHAR',
  quantity: 'INTEGER', price: 'DOUBLE'})`;
}
