import { itemInteractionNames } from "@footfall/lake";
import { sessionGapMs, sessionLengthMaxMs } from "@footfall/windows";
import { partitionTimeSql, quoteText } from "./events-sql.ts";
import { itemsSql } from "./item-windows-sql.ts";

const dayMs = 24 * 3_600_000;

/** Sessions that start this long before or after a session's span may change with it: only where a run is cut. */
export const sessionReachMs = sessionLengthMaxMs + sessionGapMs;
/** Events this long before or after a session's span decide how the sessions within reach of it lie. */
export const sessionEvidenceMs = 3 * dayMs;

/** Whether an event of `events` belongs to a session. */
export const isInteractionSql = `items IS NOT NULL AND items <> '[]' AND name IN (${itemInteractionNames
  .map(quoteText)
  .join(", ")})`;

/**
 * Rows of `sessions` that have closed at the watermark, from relation `source` with the columns of `events`, for the
 * spans in relation `spans` (tenant, session_id, first_ms, last_ms): all sessions of the id that start within
 * `sessionReachMs` of the span. It says in SQL what `SessionWindows` says in TypeScript; a test holds the two together.
 * Ids whose interactions all lie within one gap are one session each, which is found out in a single sort; only the
 * others are searched for gaps.
 */
export function sessionRowsSql(watermarkMs: number): string {
  return `
SELECT session_id, visitor_id,
  make_timestamp(session_start_ms * 1000) AS session_start, make_timestamp(session_end_ms * 1000) AS session_end,
  position::INTEGER AS position, item.item_id AS item_id, name AS event_name,
  make_timestamp(time_ms * 1000) AS occurred_at, event_id, coalesce(item.quantity, 1)::INTEGER AS quantity,
  item.price AS price, tenant, ${partitionTimeSql("session_start_ms")}
FROM (
  WITH placed AS MATERIALIZED (
    SELECT *, min(time_ms) OVER (PARTITION BY tenant, session_id) AS id_first_ms,
      max(time_ms) OVER (PARTITION BY tenant, session_id) AS id_last_ms,
      row_number() OVER (PARTITION BY tenant, session_id ORDER BY time_ms, event_id, place) AS id_position
    FROM (
      SELECT tenant, session_id, visitor_id, event_id, name, epoch_ms(occurred_at) AS time_ms,
        unnest(${itemsSql}) AS item, generate_subscripts(${itemsSql}, 1) AS place, first_ms, last_ms
      FROM source JOIN spans USING (tenant, session_id)
      WHERE ${isInteractionSql} AND epoch_ms(occurred_at)
        BETWEEN first_ms - ${sessionEvidenceMs} AND last_ms + ${sessionEvidenceMs}
    )
  )
  SELECT * EXCLUDE (place, id_first_ms, id_last_ms, id_position), id_first_ms AS session_start_ms,
    id_last_ms AS session_end_ms, id_last_ms AS run_end_ms, -1 AS day, id_position AS position
  FROM placed WHERE id_last_ms - id_first_ms <= ${sessionGapMs}
  UNION ALL BY NAME
  ${searchedSessionsSql("placed")}
)
WHERE session_start_ms BETWEEN first_ms - ${sessionReachMs} AND last_ms + ${sessionReachMs}
  AND (run_end_ms + ${sessionGapMs} < ${watermarkMs} OR day >= 0 AND (day + 1) * ${dayMs} <= ${watermarkMs})`;
}

/** Sessions of ids with more interactions than fit within a gap: cut at gaps, and at midnights where still too long. */
function searchedSessionsSql(placed: string): string {
  return `SELECT * EXCLUDE (place, id_position, run_no, run_start_ms, begins_run), min(time_ms) OVER part AS session_start_ms,
    max(time_ms) OVER part AS session_end_ms, row_number() OVER (part ORDER BY time_ms, event_id, place) AS position
  FROM (
    SELECT *, CASE WHEN run_end_ms - run_start_ms > ${sessionLengthMaxMs} THEN time_ms // ${dayMs} ELSE -1 END AS day
    FROM (
      SELECT *, min(time_ms) OVER run AS run_start_ms, max(time_ms) OVER run AS run_end_ms
      FROM (
        SELECT *, sum(begins_run) OVER (PARTITION BY tenant, session_id ORDER BY id_position
          ROWS UNBOUNDED PRECEDING) AS run_no
        FROM (
          SELECT * EXCLUDE (id_first_ms, id_last_ms), (time_ms - lag(time_ms, 1, time_ms) OVER (
            PARTITION BY tenant, session_id ORDER BY id_position) > ${sessionGapMs})::INTEGER AS begins_run
          FROM ${placed} WHERE id_last_ms - id_first_ms > ${sessionGapMs}
        )
      ) WINDOW run AS (PARTITION BY tenant, session_id, run_no)
    )
  ) WINDOW part AS (PARTITION BY tenant, session_id, run_no, day)`;
}

/** Rows of `sessions` from a file of JSON lines, each a `SessionRow`. */
export function stagedSessionRowsSql(path: string): string {
  return `
SELECT sessionId AS session_id, visitorId AS visitor_id, make_timestamp(sessionStartMs * 1000) AS session_start,
  make_timestamp(sessionEndMs * 1000) AS session_end, position, itemId AS item_id, eventName AS event_name,
  make_timestamp(occurredAtMs * 1000) AS occurred_at, eventId AS event_id, quantity, price,
  tenant, ${partitionTimeSql("sessionStartMs")}
FROM read_json(${quoteText(path)}, format = 'newline_delimited', columns = {
  tenant: 'VARCHAR', sessionId: 'VARCHAR', visitorId: 'VARCHAR', sessionStartMs: 'BIGINT', sessionEndMs: 'BIGINT',
  position: 'INTEGER', itemId: 'VARCHAR', eventName: 'VARCHAR', occurredAtMs: 'BIGINT', eventId: 'VARCHAR',
  quantity: 'INTEGER', price: 'DOUBLE'})`;
}
