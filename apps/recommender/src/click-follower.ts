import { type Clock, errorCodeOf, type TenantId } from "@footfall/base";
import { type EventEnvelope, schemaVersion, topics } from "@footfall/events";
import { type ContactOptions, follow, type Follower } from "@footfall/ingest";
import type { EventLog, LogRecord } from "@footfall/log";
import type { Logger } from "@footfall/runtime";
import { interactionWeights } from "@footfall/similarity";
import { OrderLines } from "@footfall/windows";
import { type FollowerHealth, lostContact } from "./follower-health.ts";
import type { RecommenderMetrics } from "./recommender-metrics.ts";
import type { TenantStates } from "./tenant-state.ts";

export interface ClickFollowerOptions {
  readonly log: EventLog;
  readonly contact: ContactOptions;
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
  const { log, contact, states, clock, logger, metrics, countError, historySpanMs } = options;
  const orders = new OrderLines(orderLinesMax);
  const startedAtMs = clock();
  return follow<EventEnvelope>({
    name: "clicks",
    log,
    contact,
    topics: [topics.clicks],
    from: () => clock() - historySpanMs,
    decode: readEnvelope,
    take(events, _batch, skipped) {
      const nowMs = clock();
      for (const event of events) {
        observe(states, orders.observe(event).event, nowMs);
        // What is read again at a start has been counted before it.
        if (event.receivedAtMs >= startedAtMs && event.isBot !== true) metrics.countEvent(event);
      }
      if (skipped > 0) metrics.countUnreadableRecords(skipped);
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

/**
 * Why answers may lack the last clicks. Where there is something to answer with, a log that is away is no reason to
 * turn visitors away: then it is a warning.
 */
export function clickHealth(follower: Follower, states: TenantStates): FollowerHealth {
  const lost = lostContact(follower, "Following the clicks", "answers miss the last clicks");
  if (lost !== undefined) {
    const canAnswer = [...states.values()].some(
      ({ served, trending }) => served.model !== undefined || trending.size > 0,
    );
    return canAnswer ? { problems: [], warnings: [lost] } : { problems: [lost], warnings: [] };
  }
  const { left } = follower;
  if (left === 0) return { problems: [], warnings: [] };
  const records = left === undefined ? "" : `, ${left} records left`;
  const message = `Reading the last clicks from the log${records}; wait.`;
  return { problems: [{ code: "LOG_CATCHING_UP", message }], warnings: [] };
}

function observe(states: TenantStates, event: EventEnvelope, nowMs: number): void {
  const weight = interactionWeights[event.name];
  const state = states.get(event.tenant as TenantId);
  // What crawlers open says nothing about what people want.
  if (weight === undefined || !state || !event.items || event.isBot === true) return;
  const { visitorId, userId, occurredAtMs: atMs } = event;
  const isPurchase = event.name === "purchase";
  for (const { item_id: itemId } of event.items) {
    const interaction = { visitorId, itemId, weight, isPurchase, atMs };
    const trendWeight = state.history.observe(interaction);
    if (userId !== undefined) state.users.observe(userId, state.history.find(visitorId)!, interaction);
    state.trending.observe(itemId, trendWeight, atMs, nowMs);
    if (weight > 0) state.live.observe({ visitorId, itemId, atMs });
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
    (event.userId === undefined || typeof event.userId === "string") &&
    (event.items === undefined ||
      (Array.isArray(event.items) && event.items.every((item) => typeof item?.item_id === "string")));
  return isReadable ? (event as EventEnvelope) : undefined;
}
