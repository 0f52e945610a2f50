import type { Clock, Random } from "@footfall/base";
import type { EventReceipt } from "@footfall/events";
import type { EventQueue, Fate, QueuedEvent } from "./event-queue.ts";
import type { KeyValueStore } from "./key-value-store.ts";
import { createRetryGate } from "./retry-gate.ts";
import { judgeAnswer, type TransportAnswer, type Verdict } from "./retry-rule.ts";

export const batchDelayMs = 1_000;
export const batchEventsMax = 20;
export const batchBytesMax = 49_152;
/** The collector's own limit for one request. */
export const leaveEventsMax = 1_000;
/** Browsers let 64 KiB of requests outlive their page; this leaves room for the body's frame. */
export const keepaliveBytesMax = 61_440;

/**
 * Sends one body and tells what came of it; never rejects.
 * @param isLeaving  the page may be gone before the answer
 */
export type Transport = (body: string, isLeaving: boolean) => Promise<TransportAnswer>;

/** Calls `run` once after the delay; the returned function calls it off. */
export type Schedule = (run: () => void, delayMs: number) => () => void;

/** Told of the first answer that says that the shop is not set up to send. */
export type OnRefused = (answer: TransportAnswer) => void;

/** Told of each answer with receipts, in the order of the batch. */
export type OnReceipts = (receipts: readonly EventReceipt[], batch: readonly QueuedEvent[]) => void;

export interface SenderOptions {
  readonly queue: EventQueue;
  readonly transport: Transport;
  readonly store: KeyValueStore;
  readonly key: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly schedule: Schedule;
  readonly onReceipts?: OnReceipts | undefined;
  readonly onRefused?: OnRefused | undefined;
}

export interface Sender {
  /** Sends what is queued after at most this delay. */
  wake(delayMs: number): void;
  /** Sends batch after batch until the queue is empty or a request fails; keeps to the wait after a failure. */
  flush(): Promise<void>;
  /** Hands over what fits to requests that outlive the page. What has no receipt stays stored for the next page. */
  leave(): void;
  /** Starts nothing any more until woken by `resume`: other pages may own the queue meanwhile. */
  pause(): void;
  resume(): void;
}

function bodyOf(batch: readonly QueuedEvent[], key: string, sentAtMs: number): string {
  const events = batch.map((event) => event.json).join();
  return `{"key":${JSON.stringify(key)},"sentAtMs":${sentAtMs},"events":[${events}]}`;
}

/**
 * One event may be why a whole batch is not taken: it is too large, or a firewall refuses its words. So after such an
 * answer batches get smaller until it is alone.
 */
function nextEventsMax(verdict: Verdict, batchLength: number, eventsMax: number): number {
  if (verdict === "refused") return 1;
  if (verdict === "retry") return eventsMax;
  return Math.min(batchEventsMax, verdict === "settled" ? eventsMax * 2 : Math.ceil(batchLength / 2));
}

/** An event alone ends by the collector's own word; refused by any other it goes last, where it holds nobody up. */
function fateOf(verdict: Verdict, batchLength: number): Fate {
  if (verdict === "settled" || (verdict === "unfit" && batchLength === 1)) return "done";
  return verdict === "refused" && batchLength === 1 ? "last" : "again";
}

/**
 *   idle ── wake ──▶ waiting ── time ──▶ sending ── receipts ──▶ sending (more) or idle
 *                       ▲                   │
 *                       └── failure: back-off or Retry-After
 */
export function createSender(options: SenderOptions): Sender {
  const { queue, clock } = options;
  const gate = createRetryGate(options);
  let eventsMax = batchEventsMax;
  let { onRefused } = options;
  let bytesUnderWay = 0;
  let sending: Promise<void> | undefined;
  let wakeAtMs = Infinity;
  let cancelWake: (() => void) | undefined;
  let isPaused = false;

  function wake(delayMs: number): void {
    const atMs = clock() + Math.max(delayMs, gate.waitMs());
    if (atMs >= wakeAtMs) return;
    cancelWake?.();
    wakeAtMs = atMs;
    cancelWake = options.schedule(() => {
      wakeAtMs = Infinity;
      void flush();
    }, atMs - clock());
  }

  async function send(batch: readonly QueuedEvent[], isLeaving: boolean): Promise<boolean> {
    const sizeBytes = batch.reduce((sum, event) => sum + event.sizeBytes + 1, 0);
    bytesUnderWay += sizeBytes;
    const answer = await options.transport(bodyOf(batch, options.key, clock()), isLeaving);
    bytesUnderWay -= sizeBytes;
    const verdict = judgeAnswer(answer, batch.length);
    eventsMax = nextEventsMax(verdict, batch.length, eventsMax);
    queue.settle(batch, fateOf(verdict, batch.length));
    gate.note(verdict, answer.retryAfter);
    if (verdict === "refused") {
      onRefused?.(answer);
      onRefused = undefined;
    }
    if (verdict === "settled") options.onReceipts?.(answer.receipts!, batch);
    const mayGoOn = verdict === "settled" || verdict === "unfit";
    if (!mayGoOn) wake(0);
    return mayGoOn;
  }

  async function drain(): Promise<void> {
    while (gate.waitMs() === 0) {
      const batch = isPaused ? [] : queue.take(eventsMax, batchBytesMax);
      if (batch.length === 0 || !(await send(batch, false))) break;
    }
  }

  function flush(): Promise<void> {
    sending ??= drain().finally(() => {
      sending = undefined;
      if (gate.waitMs() > 0 && queue.length > 0) wake(0);
    });
    return sending;
  }

  return {
    wake,
    flush,
    leave() {
      const roomBytes = keepaliveBytesMax - bytesUnderWay;
      if (gate.waitMs() > 0 || roomBytes <= 0) return;
      const batch = queue.take(eventsMax < batchEventsMax ? eventsMax : leaveEventsMax, roomBytes);
      if (batch.length > 0) void send(batch, true);
    },
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      if (queue.length > 0) wake(0);
    },
  };
}
