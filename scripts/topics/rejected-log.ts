import type { ErrorCode } from "@footfall/base";
import { limits, readRejectedEvent, type RejectedEvent, topics } from "@footfall/events";
import type { EventLog } from "@footfall/log";
import type { SendBatch } from "../collector-client.ts";
import { type DeadLetterPlace, hasTopic, readRedriveMarks, type RedriveMarks } from "./redrive-marks.ts";

export interface RejectFilter {
  readonly tenant: string | undefined;
  readonly code: string | undefined;
  readonly sinceMs: number | undefined;
  /** Whether those are wanted too that a redrive got taken. Default false. */
  readonly includeRedriven?: boolean;
}

/** A refused event and its place in `clicks.rejected`. */
export interface DeadLetter extends RejectedEvent {
  readonly place: DeadLetterPlace;
}

export interface RejectSummary {
  readonly code: ErrorCode;
  readonly field: string;
  readonly count: number;
  /** Newest first. */
  readonly newest: readonly RejectedEvent[];
}

/** What became of a redrive: `read = sent + notReplayable`, `sent = accepted + duplicate + rejected`. */
export interface RedriveAccount {
  read: number;
  sent: number;
  accepted: number;
  duplicate: number;
  rejected: number;
  /** Kept as text only: bodies that were no JSON, and events far over the size limit. */
  notReplayable: number;
  /** Rejected again, by code: they stay dead letters as they are, and the next redrive tries them again. */
  readonly reasons: Record<string, number>;
}

/** The events in `clicks.rejected` that the filter lets through, oldest first in each partition, to its present end. */
export async function* readRejects(
  log: EventLog,
  filter: RejectFilter,
  marks?: RedriveMarks,
): AsyncGenerator<DeadLetter> {
  if (!(await hasTopic(log, topics.rejected))) return;
  const redriven = filter.includeRedriven === true ? undefined : (marks ?? (await readRedriveMarks(log)));
  const partitions = await log.offsets(topics.rejected);
  for (const [partition, { startOffset, endOffset }] of partitions.entries()) {
    for await (const batch of log.read({ topic: topics.rejected, partition, startOffset, endOffset })) {
      for (const record of batch.records) {
        const { offset, appendedAtMs } = record;
        const place = { partition, offset, appendedAtMs };
        if (redriven?.has(place)) continue;
        const rejected = readRejectedEvent(record.value?.toString("utf8") ?? "", record.appendedAtMs);
        if (isWanted(rejected, filter)) yield { ...rejected, place };
      }
    }
  }
}

function isWanted(rejected: RejectedEvent, { tenant, code, sinceMs }: RejectFilter): boolean {
  if (tenant !== undefined && rejected.tenant !== tenant) return false;
  if (code !== undefined && rejected.code !== code) return false;
  return sinceMs === undefined || rejected.rejectedAtMs >= sinceMs;
}

/** Counts by code and field, most frequent first, each with its newest `examplesMax`. */
export async function summarizeRejects(
  rejects: AsyncIterable<RejectedEvent>,
  examplesMax: number,
): Promise<RejectSummary[]> {
  const summaries = new Map<string, RejectSummary>();
  for await (const rejected of rejects) {
    const { code, field } = rejected;
    const key = `${code} ${field}`;
    const { count = 0, newest = [] } = summaries.get(key) ?? {};
    const examples = [rejected, ...newest].sort((left, right) => right.rejectedAtMs - left.rejectedAtMs);
    summaries.set(key, { code, field, count: count + 1, newest: examples.slice(0, examplesMax) });
  }
  return [...summaries.values()].sort((left, right) => right.count - left.count);
}

/**
 * Sends the dead letters again that no redrive got taken yet, each once, in batches that fit a request; marks those
 * that are taken, and says what became of them. What is refused again stays the dead letter that it is. Throws what
 * `send` and the log throw; started again, it goes on.
 * @param send  must tell the collector that it is a redrive, else what is refused again is kept once more
 */
export async function redriveRejects(log: EventLog, filter: RejectFilter, send: SendBatch): Promise<RedriveAccount> {
  const account: RedriveAccount = {
    read: 0,
    sent: 0,
    accepted: 0,
    duplicate: 0,
    rejected: 0,
    notReplayable: 0,
    reasons: {},
  };
  const marks = await readRedriveMarks(log);
  let batch: { readonly event: object; readonly place: DeadLetterPlace }[] = [];
  let batchBytes = 0;
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const receipts = await send(batch.map(({ event }) => event));
    await marks.add(batch.flatMap(({ place }, n) => (receipts[n]!.status === "rejected" ? [] : [place])));
    for (const receipt of receipts) {
      account.sent++;
      account[receipt.status]++;
      if (receipt.status === "rejected") account.reasons[receipt.code] = (account.reasons[receipt.code] ?? 0) + 1;
    }
    batch = [];
    batchBytes = 0;
  };
  for await (const rejected of readRejects(log, { ...filter, includeRedriven: false }, marks)) {
    account.read++;
    const event = eventToSend(rejected);
    const bytes = Buffer.byteLength(JSON.stringify(event ?? null)) + 1;
    if (event === undefined || bytes > batchBytesMax) {
      account.notReplayable++;
      continue;
    }
    if (batch.length >= limits.batchEventsMax || batchBytes + bytes > batchBytesMax) await flush();
    batch.push({ event, place: rejected.place });
    batchBytes += bytes;
  }
  await flush();
  return account;
}

/** Leaves room for the frame of the body. */
const batchBytesMax = limits.bodyBytesMax - 1_024;

/**
 * The event with its time by the collector's clock of then, as the first sending would have had it: a new `sentAtMs`
 * must not move it, and a historic key takes it as it is.
 */
function eventToSend({ event, rejectedAtMs, sentAtMs, historic }: RejectedEvent): object | undefined {
  if (typeof event !== "object" || event === null || Array.isArray(event)) return undefined;
  const { occurredAtMs } = event as { occurredAtMs?: unknown };
  if (historic || !Number.isInteger(occurredAtMs)) return event;
  return { ...event, occurredAtMs: Math.round(rejectedAtMs - (sentAtMs - (occurredAtMs as number))) };
}
