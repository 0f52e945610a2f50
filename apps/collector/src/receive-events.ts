import type { Clock, ErrorCode } from "@footfall/base";
import {
  type ClickEvent,
  encodeEnvelope,
  type EventRejection,
  type EventScanner,
  limits,
  type ParseContext,
  parseEvent,
  ScannedEvent,
  topics,
} from "@footfall/events";
import type { AppendRecord } from "@footfall/log";
import type { WriteKey } from "@footfall/runtime";
import type { GuardedLog } from "./guarded-log.ts";
import type { KeyQuota } from "./key-quota.ts";
import type { CollectorMetrics } from "./metrics.ts";
import type { EventBatch } from "./parse-batch.ts";
import type { RecentEventIds } from "./recent-event-ids.ts";
import { rejectedRecord, type RejectionSource, textOf } from "./rejected-events.ts";

/** A write key and what the collector remembers of its shop's events. */
export interface EventSource {
  readonly key: WriteKey;
  readonly quota: KeyQuota;
  readonly recentIds: RecentEventIds;
  /** Learns the forms in which this key's events come, so that no sender can displace another's. */
  readonly scanner: () => EventScanner;
}

/** What a request brought. */
export interface Arrival {
  readonly batch: EventBatch;
  /** As it was read, for events that cannot be kept as JSON. */
  readonly body: Buffer;
  readonly isBot: boolean;
}

export interface Receiver {
  readonly log: GuardedLog;
  readonly clock: Clock;
  readonly metrics: CollectorMetrics;
  readonly countError: (code: ErrorCode) => void;
}

/**
 * Takes one batch: each event is appended, known, or kept as rejected. Resolves when all of it is durable (I1).
 * What a redrive gets rejected again is neither kept nor counted once more: its first record is still there. Of what
 * else is rejected, a record is kept as far as the key's quota goes.
 * The same id in two requests at once is appended twice; the aggregator keeps one.
 * @returns the receipts in the order of the events, as JSON without the brackets
 * @throws AppError LOG_OVERLOADED, LOG_UNAVAILABLE (retriable). The whole batch may be sent again.
 */
export async function receiveEvents(receiver: Receiver, source: EventSource, arrival: Arrival): Promise<string> {
  const { metrics, countError } = receiver;
  const { batch, isBot } = arrival;
  const judged = judgeBatch(receiver, source, arrival);
  const { accepted, acceptedIds, rejected, rejectedCodes } = judged;
  await append(receiver.log, accepted, rejected);
  for (const eventId of acceptedIds) source.recentIds.add(eventId);
  const duplicates = batch.events.length - accepted.length - rejectedCodes.length;
  if (accepted.length > 0) metrics.countEvents("accepted", accepted.length);
  if (isBot && accepted.length > 0) metrics.countBotEvents(accepted.length);
  if (duplicates > 0) metrics.countEvents("duplicate", duplicates);
  for (const code of isRedrive(source, batch) ? [] : rejectedCodes) {
    metrics.countEvents("rejected", 1, code);
    countError(code);
  }
  return judged.receipts;
}

/**
 * Keeps a body that is no batch, or what was read of it, as text, as far as the key's quota goes. Same errors as
 * `receiveEvents`.
 */
export async function keepRefusedBody(
  { log, clock }: Receiver,
  { key, quota }: EventSource,
  rejection: EventRejection,
  body: Buffer,
): Promise<void> {
  const receivedAtMs = clock();
  if (!quota.keepsReject(receivedAtMs)) return;
  const record = rejectedRecord(rejectionSource(key, receivedAtMs, receivedAtMs), rejection, textOf(body), body);
  quota.takeRejected(record.value?.length ?? 0);
  await append(log, [], [record]);
}

/** What a page says of itself is not believed: its refusals would leave no trace. */
function isRedrive({ key }: Pick<EventSource, "key">, batch: Arrival["batch"]): boolean {
  return key.isHistoric && batch.isRedrive === true;
}

/** A small packed body can hold much nonsense: rejects past this keep code, field and reason, but not the event. */
const rejectedBatchBytesMax = limits.unpackedBytesMax;

interface JudgedBatch {
  readonly accepted: readonly AppendRecord[];
  readonly acceptedIds: readonly string[];
  readonly rejected: readonly AppendRecord[];
  readonly rejectedCodes: readonly ErrorCode[];
  readonly receipts: string;
}

function judgeBatch(
  { clock, metrics }: Receiver,
  { key, quota, recentIds, scanner }: EventSource,
  { batch, body, isBot }: Arrival,
): JudgedBatch {
  const receivedAtMs = clock();
  const sentAtMs = batch.sentAtMs ?? receivedAtMs;
  const { tenant, isHistoric: historic } = key;
  const { countMending: observeMending } = metrics;
  const context: ParseContext = { historic, receivedAtMs, sentAtMs, tenant, isBot, observeMending };
  const isAgain = isRedrive({ key }, batch);
  const acceptedIds: string[] = [];
  const accepted: AppendRecord[] = [];
  const rejected: AppendRecord[] = [];
  const rejectedCodes: ErrorCode[] = [];
  let rejectedBytes = 0;
  const batchIds = batch.events.length > 1 ? new Set<string>() : undefined;
  let receipts = "";
  for (const sent of batch.events) {
    if (receipts !== "") receipts += ",";
    const read = readEvent(sent, context, scanner());
    if ("rejection" in read) {
      const { event, rejection } = read;
      if (!isAgain && quota.keepsReject(receivedAtMs)) {
        const kept = rejectedBytes < rejectedBatchBytesMax ? event : "";
        const record = rejectedRecord(rejectionSource(key, receivedAtMs, sentAtMs), rejection, kept, body);
        const bytes = record.value?.length ?? 0;
        rejectedBytes += bytes;
        quota.takeRejected(bytes);
        rejected.push(record);
      }
      rejectedCodes.push(rejection.code);
      receipts += JSON.stringify({ eventId: eventIdOf(event), status: "rejected", ...rejection });
      continue;
    }
    // A checked event id holds nothing that JSON would escape.
    const { eventId, visitorId, envelope } = read;
    if (recentIds.has(eventId) || batchIds?.has(eventId)) {
      receipts += `{"eventId":"${eventId}","status":"duplicate"}`;
      continue;
    }
    batchIds?.add(eventId);
    acceptedIds.push(eventId);
    accepted.push({ key: visitorId, value: Buffer.from(envelope) });
    receipts += `{"eventId":"${eventId}","status":"accepted"}`;
  }
  return { accepted, acceptedIds, rejected, rejectedCodes, receipts };
}

type ReadEvent =
  | { readonly eventId: string; readonly visitorId: string; readonly envelope: string }
  | { readonly event: unknown; readonly rejection: EventRejection };

function readEvent(sent: unknown, context: ParseContext, scanner: EventScanner): ReadEvent {
  let event = sent;
  if (sent instanceof ScannedEvent) {
    const envelope = sent.encodeEnvelope(context);
    if (envelope !== undefined) return { eventId: sent.eventId, visitorId: sent.visitorId, envelope };
    event = JSON.parse(sent.text);
  }
  const parsed = parseEvent(event, context);
  if (!parsed.ok) return { event, rejection: parsed.rejection };
  if (!parsed.isMended) scanner.learn(event as ClickEvent);
  const { eventId, visitorId } = parsed.envelope;
  return { eventId, visitorId, envelope: encodeEnvelope(parsed.envelope) };
}

async function append(
  log: GuardedLog,
  accepted: readonly AppendRecord[],
  rejected: readonly AppendRecord[],
): Promise<void> {
  const appends: Promise<void>[] = [];
  if (accepted.length > 0) appends.push(log.append(topics.clicks, accepted));
  if (rejected.length > 0) appends.push(log.append(topics.rejected, rejected));
  await Promise.all(appends);
}

function rejectionSource(key: WriteKey, receivedAtMs: number, sentAtMs: number): RejectionSource {
  return { tenant: key.tenant, rejectedAtMs: receivedAtMs, sentAtMs, historic: key.isHistoric };
}

const eventIdLengthMax = 128;

function eventIdOf(event: unknown): string | null {
  if (typeof event !== "object" || event === null || !Object.hasOwn(event, "eventId")) return null;
  const { eventId } = event as { eventId: unknown };
  return typeof eventId === "string" && eventId.length <= eventIdLengthMax ? eventId : null;
}
