import { type Clock, errorCodeOf, type TenantId } from "@footfall/base";
import { type EventEnvelope, schemaVersion, topics } from "@footfall/events";
import { follow, type Follower } from "@footfall/ingest";
import type { EventLog, LogRecord } from "@footfall/log";
import type { HealthProblem, Logger } from "@footfall/runtime";
import { interactionWeights } from "@footfall/similarity";
import { OrderLines } from "@footfall/windows";
import type { RecommenderMetrics } from "./recommender-metrics.ts";
import type { TenantStates } from "./tenant-state.ts";

export interface ClickFollowerOptions {
  readonly log: EventLog;
  readonly states: TenantStates;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: RecommenderMetrics;
  readonly countError: (error: unknown) => void;
  /** How far back the log is read at the start. */
  readonly historySpanMs: number;
}

/** Order lines kept, to count each once however often a purchase tells of it. */
const orderLinesMax = 100_000;

/** Records dealt with before requests get their turn; about a millisecond. */
const batchRecordsMax = 256;

/** Follows topic `clicks` and keeps visitors and trends up to date, from the last hours on. */
export function followClicks(options: ClickFollowerOptions): Follower {
  const { log, states, clock, logger, metrics, countError, historySpanMs } = options;
  const orders = new OrderLines(orderLinesMax);
  return follow<EventEnvelope>({
    log,
    topics: [topics.clicks],
    from: () => clock() - historySpanMs,
    decode: readEnvelope,
    take(events, batch, skipped) {
      const nowMs = clock();
      for (const event of events) observe(states, orders.observe(event).event, nowMs);
      if (skipped > 0) metrics.countUnreadableRecords(skipped);
      metrics.setLag(batch.partition, Number(batch.logEndOffset - batch.nextOffset));
    },
    onFailure(error) {
      countError(error);
      // Whoever starts before the collector finds no topic; that is nothing to look into.
      if (errorCodeOf(error) === "LOG_TOPIC_UNKNOWN") logger.info({ topic: topics.clicks }, "waiting for the topic");
      else logger.warn({ error }, "following the clicks failed; trying again");
    },
    batchRecordsMax,
  });
}

/** Why answers may lack the last clicks. */
export function clickProblems({ failure, left }: Follower): readonly HealthProblem[] {
  if (failure !== undefined) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    const message = `Following the clicks failed and is tried again; answers miss the last clicks: ${reason}`;
    return [{ code: errorCodeOf(failure), message }];
  }
  if (left === 0) return [];
  const records = left === undefined ? "" : `, ${left} records left`;
  return [{ code: "LOG_CATCHING_UP", message: `Reading the last clicks from the log${records}; wait.` }];
}

function observe(states: TenantStates, event: EventEnvelope, nowMs: number): void {
  const weight = interactionWeights[event.name];
  const state = states.get(event.tenant as TenantId);
  // What crawlers open says nothing about what people want.
  if (weight === undefined || !state || !event.items || event.isBot === true) return;
  const { visitorId, occurredAtMs: atMs } = event;
  const isPurchase = event.name === "purchase";
  for (const { item_id: itemId } of event.items) {
    const trendWeight = state.history.observe({ visitorId, itemId, weight, isPurchase, atMs });
    state.trending.observe(itemId, trendWeight, atMs, nowMs);
  }
}

/** The collector writes only valid envelopes; whatever else is in the topic is skipped and counted, never a stop. */
function readEnvelope({ value }: LogRecord): EventEnvelope | undefined {
  if (value === null) return undefined;
  const event = JSON.parse(value.toString("utf8")) as Partial<EventEnvelope> | null;
  const isReadable =
    event?.v === schemaVersion &&
    typeof event.name === "string" &&
    typeof event.visitorId === "string" &&
    typeof event.occurredAtMs === "number" &&
    (event.items === undefined ||
      (Array.isArray(event.items) && event.items.every((item) => typeof item?.item_id === "string")));
  return isReadable ? (event as EventEnvelope) : undefined;
}
