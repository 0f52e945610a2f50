import type { Clock } from "@footfall/base";
import { type ClickEvent, limits } from "@footfall/events";
import type { SendBatch } from "../collector-client.ts";
import type { ReadRow } from "./read-click-log.ts";

/** The closing account. `read = sent + unreadable`; `sent = accepted + duplicate + rejected`. */
export interface ReplayAccount {
  read: number;
  /** Rows without an event in them; they stand in the rejects file. */
  unreadable: number;
  sent: number;
  accepted: number;
  duplicate: number;
  rejected: number;
  /** Rejections by error code. */
  readonly reasons: Record<string, number>;
}

export interface ReplayOptions {
  readonly rows: AsyncIterable<ReadRow>;
  readonly send: SendBatch;
  /** 0 sends as fast as the collector takes; 2 replays an hour of the log in half an hour. */
  readonly speed: number;
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  /** A row that cannot be read, with its reason. */
  readonly onUnreadable: (text: string, problem: string) => Promise<void> | void;
  readonly onProgress: (account: ReplayAccount, bytesRead: number) => void;
  /** Ids that the collector accepted; for checks. */
  readonly onAccepted?: (eventId: string) => void;
}

const batchEventsMax = 500;
const batchBytesMax = limits.bodyBytesMax / 2;
/** With a speed given, events that are due within this time travel together. */
const paceStepMs = 100;

/**
 * Sends the rows in the order of the file: one request at a time, so that a visitor's events reach the log as they lie.
 * @throws whatever `send` throws: what could not be delivered ends the replay
 */
export async function replayEvents(options: ReplayOptions): Promise<ReplayAccount> {
  const { rows, send, speed, clock } = options;
  const account: ReplayAccount = {
    read: 0,
    unreadable: 0,
    sent: 0,
    accepted: 0,
    duplicate: 0,
    rejected: 0,
    reasons: {},
  };
  let batch: ClickEvent[] = [];
  let batchBytes = 0;
  let firstEventMs: number | undefined;
  const startMs = clock();

  async function flush(bytesRead: number): Promise<void> {
    if (batch.length === 0) return;
    const events = batch;
    batch = [];
    batchBytes = 0;
    for (const receipt of await send(events)) {
      account.sent += 1;
      account[receipt.status] += 1;
      if (receipt.status === "rejected") account.reasons[receipt.code] = (account.reasons[receipt.code] ?? 0) + 1;
      if (receipt.status === "accepted") options.onAccepted?.(receipt.eventId);
    }
    options.onProgress(account, bytesRead);
  }

  /** Waits until the event is due; a log that is out of order is not slowed down by it. */
  async function keepPace(occurredAtMs: number, bytesRead: number): Promise<void> {
    if (speed <= 0 || !Number.isFinite(occurredAtMs)) return;
    firstEventMs ??= occurredAtMs;
    const aheadMs = (occurredAtMs - firstEventMs) / speed - (clock() - startMs);
    if (aheadMs <= paceStepMs) return;
    await flush(bytesRead);
    await options.sleep(aheadMs);
  }

  let position = 0;
  for await (const row of rows) {
    account.read += 1;
    position = row.bytesRead;
    if ("problem" in row) {
      account.unreadable += 1;
      await options.onUnreadable(row.text, row.problem);
      continue;
    }
    await keepPace(row.event.occurredAtMs, row.bytesRead);
    batch.push(row.event);
    batchBytes += row.text.length * 3;
    if (batch.length >= batchEventsMax || batchBytes >= batchBytesMax) await flush(row.bytesRead);
  }
  await flush(position);
  return account;
}
