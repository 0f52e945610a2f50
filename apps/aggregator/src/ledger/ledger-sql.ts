import { quotePath } from "@footfall/lake";
import { limits } from "@footfall/events";
import { sessionGapMs } from "@footfall/windows";
import { isInteractionSql, sessionKeySql } from "../derive/sessions-sql.ts";
import { promptMaxMs } from "./latency-samples.ts";

const hourMs = 3_600_000;
/** The tracker ends a session after a day; its first numbers are looked for this far back. */
export const lookbackMs = 26 * hourMs;
/** Numbers of one session may be that much out of order in time, for clocks are corrected per sending. */
export const lookaheadMs = hourMs;
/** A wider jump in `seq` is a client's mistake or mischief: no session loses so many and goes on. */
export const gapMax = 10_000;

export interface LedgerScope {
  /** Event times, [startMs, endMs). */
  readonly startMs: number;
  readonly endMs: number;
  /** One row a tenant for each hour, or for all of it. */
  readonly per: "hour" | "range";
  /** Numbers that arrived after this are not judged yet. */
  readonly judgedUntilMs: number;
}

export interface LedgerSources {
  /** SELECT with the columns of `events`: from `lookbackMs` before the range to `lookaheadMs` after it. */
  readonly eventsSql: string;
  /** SELECT with the columns of `sessions` that may hold interactions of the range. */
  readonly sessionsSql: string;
  /** File of JSON lines: log_partition, next_offset, version, committed_ms. */
  readonly commitsPath: string;
  /** File of JSON lines: tenant, published_ms, events_version, watermark_ms, is_oldest. */
  readonly modelsPath: string;
}

/**
 * One row per tenant and bucket: the columns of `ledger` but for `repeats`, and `unsettled`, with `bucket_ms` for the
 * time. A missing number belongs to the event that came after it: loss = Σ (seq - the session's next lower seq - 1),
 * which over a session is max(seq) - count(distinct seq).
 */
export function ledgerRowsSql(scope: LedgerScope, sources: LedgerSources): string {
  return `
WITH source AS (
  SELECT ${sessionKeySql}, event_id, seq, log_partition, log_offset, epoch_ms(occurred_at) AS occurred_ms,
    epoch_ms(received_at) AS received_ms, ${isInteractionSql} AS is_interaction,
    log_partition IS NOT NULL AND epoch_ms(received_at) - epoch_ms(occurred_at) <= ${limits.eventAgeMaxMs} AS is_live
  FROM (${sources.eventsSql})
),
due AS (
  SELECT *, ${bucketSql(scope)} AS bucket_ms, is_live AND received_ms - occurred_ms <= ${promptMaxMs} AS is_prompt
  FROM source WHERE occurred_ms >= ${scope.startMs} AND occurred_ms < ${scope.endMs}
),
${lossSql(scope)},
${latencySql(sources)}
SELECT totals.tenant, totals.bucket_ms::DOUBLE AS bucket_ms, events, history, unnumbered,
  coalesce(numbered, 0) AS numbered, coalesce(missing, 0)::BIGINT AS missing, coalesce(sessions, 0) AS sessions,
  coalesce(sessions_with_gaps, 0) AS sessions_with_gaps, coalesce(implausible, 0) AS implausible,
  coalesce(unsettled, 0) AS unsettled, delayed, model_events, model_waiting,
  ${["log", "lake", "model"].map(percentilesSql).join(",\n  ")}
FROM totals LEFT JOIN loss USING (tenant, bucket_ms)
ORDER BY tenant, bucket_ms`;
}

function bucketSql({ per, startMs }: LedgerScope): string {
  return per === "hour" ? `occurred_ms // ${hourMs} * ${hourMs}` : `${startMs}::BIGINT`;
}

function lossSql(scope: LedgerScope): string {
  const { startMs, endMs, judgedUntilMs } = scope;
  // A session that was on long before what is looked at has numbers before it: they are not known to be missing.
  const isSessionStartSeen = `occurred_ms >= ${startMs - lookbackMs + sessionGapMs}`;
  const judged = Number.isFinite(judgedUntilMs) ? `received_ms <= ${judgedUntilMs}` : "true";
  return `numbers AS (
  SELECT ${sessionKeySql}, seq, min(occurred_ms) AS occurred_ms, min(received_ms) AS received_ms
  FROM source SEMI JOIN (SELECT ${sessionKeySql} FROM due WHERE is_live AND seq IS NOT NULL) USING (${sessionKeySql})
  WHERE is_live AND seq IS NOT NULL GROUP BY ALL
),
gaps AS (
  SELECT ${sessionKeySql}, ${bucketSql(scope)} AS bucket_ms, ${judged} AS is_judged,
    CASE WHEN lower_seq IS NOT NULL THEN seq - lower_seq - 1 WHEN ${isSessionStartSeen} THEN seq - 1 ELSE 0 END AS gap
  FROM (SELECT *, lag(seq) OVER (PARTITION BY ${sessionKeySql} ORDER BY seq) AS lower_seq FROM numbers)
  WHERE occurred_ms >= ${startMs} AND occurred_ms < ${endMs}
),
loss AS (
  SELECT tenant, bucket_ms, count(*) FILTER (is_judged) AS numbered,
    sum(gap) FILTER (is_judged AND gap <= ${gapMax}) AS missing,
    count(DISTINCT (visitor_id, session_id)) FILTER (is_judged) AS sessions,
    count(DISTINCT (visitor_id, session_id)) FILTER (is_judged AND gap BETWEEN 1 AND ${gapMax}) AS sessions_with_gaps,
    count(*) FILTER (is_judged AND gap > ${gapMax}) AS implausible, count(*) FILTER (NOT is_judged) AS unsettled
  FROM gaps GROUP BY ALL
)`;
}

function latencySql({ sessionsSql, commitsPath, modelsPath }: LedgerSources): string {
  return `commits AS (
  SELECT * FROM read_json(${quotePath(commitsPath)}, format = 'newline_delimited', columns = {
    log_partition: 'INTEGER', next_offset: 'BIGINT', version: 'BIGINT', committed_ms: 'BIGINT'})
),
models AS (
  SELECT * FROM read_json(${quotePath(modelsPath)}, format = 'newline_delimited', columns = {
    tenant: 'VARCHAR', published_ms: 'BIGINT', events_version: 'BIGINT', watermark_ms: 'BIGINT', is_oldest: 'BOOLEAN'})
),
placed AS (
  SELECT due.*, committed_ms, version
  FROM due ASOF LEFT JOIN commits ON due.log_partition = commits.log_partition AND due.log_offset < next_offset
),
closed AS (
  SELECT tenant, event_id, max(epoch_ms(session_end)) AS session_end_ms FROM (${sessionsSql}) GROUP BY ALL
),
learnt AS (
  SELECT placed.tenant, event_id, min(published_ms) AS first_ms, min_by(is_oldest, published_ms) AS is_first_unknown
  FROM placed JOIN closed USING (tenant, event_id) JOIN models ON models.tenant = placed.tenant
    AND events_version >= version AND watermark_ms > session_end_ms + ${sessionGapMs}
  WHERE is_live AND is_interaction GROUP BY ALL
),
totals AS (
  SELECT tenant, bucket_ms, count(*) AS events, count(*) FILTER (NOT is_live) AS history,
    count(*) FILTER (is_live AND seq IS NULL) AS unnumbered, count(*) FILTER (is_live AND NOT is_prompt) AS delayed,
    count(*) FILTER (is_prompt AND NOT is_first_unknown) AS model_events,
    count(*) FILTER (is_live AND is_interaction AND first_ms IS NULL) AS model_waiting,
    ${quantilesSql("received_ms", "is_prompt")} AS log_ms,
    ${quantilesSql("committed_ms", "is_prompt AND committed_ms IS NOT NULL")} AS lake_ms,
    ${quantilesSql("first_ms", "is_prompt AND NOT is_first_unknown")} AS model_ms
  FROM placed LEFT JOIN learnt USING (tenant, event_id) GROUP BY ALL
)`;
}

/** Clocks differ by a little: nothing takes less than no time. */
function quantilesSql(reachedMs: string, condition: string): string {
  return `quantile_disc(greatest(0, ${reachedMs} - occurred_ms), [0.5, 0.9, 0.99]) FILTER (${condition})`;
}

function percentilesSql(stage: string): string {
  return [50, 90, 99].map((percent, at) => `${stage}_ms[${at + 1}] AS ${stage}_p${percent}_ms`).join(", ");
}
