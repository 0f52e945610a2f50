import { dateOf } from "@footfall/base";
import { itemInteractionNames, type LakeSnapshot, mayHoldTimes } from "@footfall/lake";
import {
  itemWindows,
  OrderLines,
  orderRepeatSpanMs,
  sessionGapMs,
  SessionWindows,
  TumblingWindows,
  windowAt,
  type WindowEvent,
  type WindowsOf,
  windowSizeMs,
} from "@footfall/windows";
import { type AggregationLake, filesSql, withStagedRows } from "../aggregation-lake.ts";
import { type CountedEventsSql, orderEvent, ordersSql, withCountedEvents } from "./counted-events.ts";
import { hourOf } from "./event-hours.ts";
import { DedupIndex } from "../events/dedup-index.ts";
import { isInteractionSql, nearEvidenceMs, sessionKeyRow, sessionKeySql, stagedKeysSql } from "./sessions-sql.ts";

const hourMs = 3_600_000;
/** Ids of so much event time before the newest event are loaded at the start. */
const knownSpanMs = 24 * hourMs;
/** An open session that is not cut has begun at most this long before the watermark. */
const sessionLookbackMs = 26 * hourMs;
/** Order lines kept to recognise repeats; some hundred bytes each. */
const orderLinesMax = 500_000;

/** Open windows of table `item_windows`. */
export type ItemWindows = WindowsOf<typeof itemWindows>;

export interface WindowBounds {
  readonly openAggregatesMax: number;
  readonly openRowsMax: number;
  readonly openSessionsMax: number;
}

/** Loads the ids of the newest events, up to three quarters of `idsMax`. */
export async function restoreDedupIndex(
  tables: AggregationLake,
  snapshot: LakeSnapshot,
  idsMax: number,
): Promise<DedupIndex> {
  const known = new DedupIndex(idsMax);
  const hours = new Map<number, (typeof snapshot.files)[number][]>();
  for (const file of snapshot.files) {
    const startMs = hourOf(file.partition);
    const files = hours.get(startMs);
    if (files) files.push(file);
    else hours.set(startMs, [file]);
  }
  const newestFirst = [...hours].sort(([a], [b]) => b - a);
  const newestMs = newestFirst[0]?.[0] ?? 0;
  let rows = 0;
  for (const [startMs, files] of newestFirst) {
    rows += files.reduce((sum, file) => sum + file.rows, 0);
    if (rows > idsMax * 0.75 || startMs < newestMs - knownSpanMs) {
      known.raiseHorizon(startMs + 2 * hourMs);
      break;
    }
    const sql = `SELECT tenant, event_id FROM (${filesSql(tables.events, snapshot, files)})`;
    await tables.lake.scan(sql, (columns, count) => {
      const [tenants, ids] = columns as readonly (readonly string[])[];
      for (let row = 0; row < count; row += 1) known.add(tenants![row]!, ids![row]!, startMs);
    });
  }
  return known;
}

/** Order lines of the purchases that those of open windows, and later ones, may repeat. */
export async function restoreOrderLines(
  tables: AggregationLake,
  snapshot: LakeSnapshot,
  watermarkMs: number,
): Promise<OrderLines> {
  const lines = new OrderLines(orderLinesMax);
  const fromMs = orderLinesFromMs(watermarkMs);
  const files = snapshot.files.filter((file) => !Number.isFinite(fromMs) || file.partition["date"]! >= dateOf(fromMs));
  if (files.length === 0) return lines;
  const rows = await tables.lake.query<Parameters<typeof orderEvent>[0]>(
    `SELECT * FROM (${ordersSql(tables, snapshot, files)}) ORDER BY time_ms, event_id`,
  );
  for (const row of rows) lines.observe(orderEvent(row));
  return lines;
}

/** From here on all purchases are known: those before cannot repeat, or be repeated by, one of an open window. */
export function orderLinesFromMs(watermarkMs: number): number {
  return watermarkMs - sessionLookbackMs - orderRepeatSpanMs;
}

/** Minute windows that are open at the watermark, from `events`. */
export async function restoreItemWindows(
  tables: AggregationLake,
  snapshot: LakeSnapshot,
  watermarkMs: number,
  bounds: WindowBounds,
): Promise<ItemWindows> {
  const windows = new TumblingWindows(itemWindows, { watermarkMs, openAggregatesMax: bounds.openAggregatesMax });
  const from = Number.isFinite(watermarkMs) ? watermarkMs - windowSizeMs : 0;
  await scanEvents(tables, snapshot, { fromMs: from, join: "", condition: "items IS NOT NULL" }, (event) => {
    if (windowAt(event.occurredAtMs, windowSizeMs).endMs > watermarkMs) windows.observe(event);
  });
  return windows;
}

/** Sessions that are open at the watermark, from `events`. */
export async function restoreSessions(
  tables: AggregationLake,
  snapshot: LakeSnapshot,
  watermarkMs: number,
  bounds: WindowBounds,
): Promise<SessionWindows> {
  // Taken in as if nothing had closed; then all that has is closed and thrown away, for the table holds it.
  const sessions = new SessionWindows({
    watermarkMs: Number.NEGATIVE_INFINITY,
    interactionNames: new Set<string>(itemInteractionNames),
    openRowsMax: bounds.openRowsMax,
    openSessionsMax: bounds.openSessionsMax,
  });
  const observe = (event: WindowEvent) => sessions.observe(event);
  if (!Number.isFinite(watermarkMs)) {
    await scanEvents(tables, snapshot, { fromMs: 0, join: "", condition: isInteractionSql }, observe);
    return sessions;
  }
  const nearMs = watermarkMs - nearEvidenceMs;
  const openSql = `SELECT ${sessionKeySql} FROM source
    WHERE epoch_ms(occurred_at) >= ${watermarkMs - sessionGapMs} AND ${isInteractionSql}`;
  const join = `SEMI JOIN (${openSql}) AS open USING (${sessionKeySql})`;
  await scanEvents(tables, snapshot, { fromMs: nearMs, join, condition: isInteractionSql }, observe);
  // Only sessions with an event this close to the edge of what has been read may have begun before it.
  const far = sessions.begunBefore(nearMs + sessionGapMs).map(sessionKeyRow);
  if (far.length > 0) {
    await withStagedRows(tables, far, async (path) => {
      const farJoin = `SEMI JOIN (${stagedKeysSql(path)}) AS far USING (${sessionKeySql})`;
      const fromMs = watermarkMs - sessionLookbackMs;
      await scanEvents(tables, snapshot, { fromMs, toMs: nearMs, join: farJoin, condition: isInteractionSql }, observe);
    });
  }
  sessions.closeReady(watermarkMs);
  return sessions;
}

type OnColumns = Parameters<AggregationLake["lake"]["scan"]>[1];

interface EventScan {
  readonly fromMs: number;
  /** Before it. Default: no end. */
  readonly toMs?: number;
  /** A join of relation `source`. */
  readonly join: string;
  readonly condition: string;
}

async function scanEvents(
  tables: AggregationLake,
  snapshot: LakeSnapshot,
  { fromMs, toMs = Number.MAX_SAFE_INTEGER, join, condition }: EventScan,
  onEvent: (event: WindowEvent) => void,
): Promise<void> {
  const files = snapshot.files.filter(
    (file) => file.partition["date"]! >= dateOf(fromMs) && mayHoldTimes(file, "occurred_at", fromMs, toMs),
  );
  if (files.length === 0) return;
  const scanSql = (countedSql: CountedEventsSql) => `
WITH source AS (${countedSql(files)})
SELECT event_id, tenant, name, visitor_id, session_id, epoch_ms(occurred_at)::DOUBLE, items
FROM source ${join} WHERE epoch_ms(occurred_at) >= ${fromMs} AND epoch_ms(occurred_at) < ${toMs}
  AND ${condition}`;
  const takeIn: OnColumns = (columns, count) => {
    const [ids, tenants, names, visitors, sessionIds, times, items] = columns as [
      string[],
      string[],
      string[],
      string[],
      string[],
      Float64Array,
      string[],
    ];
    for (let row = 0; row < count; row += 1) {
      onEvent({
        eventId: ids[row]!,
        tenant: tenants[row]!,
        name: names[row]!,
        visitorId: visitors[row]!,
        sessionId: sessionIds[row]!,
        occurredAtMs: times[row]!,
        items: JSON.parse(items[row]!) as NonNullable<WindowEvent["items"]>,
      });
    }
  };
  await withCountedEvents(tables, snapshot, files, (countedSql) => tables.lake.scan(scanSql(countedSql), takeIn));
}
