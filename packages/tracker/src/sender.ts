import type { Clock, Random } from "@footfall/base";
import type { EventReceipt } from "@footfall/events";
import type { EventQueue, QueuedEvent } from "./event-queue.ts";
import type { KeyValueStore } from "./key-value-store.ts";
import { createRetryGate } from "./retry-gate.ts";
import { judgeAnswer, type TransportAnswer } from "./retry-rule.ts";

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

/**
 *   idle ── wake ──▶ waiting ── time ──▶ sending ── receipts ──▶ sending (more) or idle
 *                       ▲                   │
 *                       └── failure: back-off or Retry-After
 */
export function createSender(options: SenderOptions): Sender {
  const { queue, clock } = options;
  const gate = createRetryGate(options);
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
    const events = batch.map((event) => event.json).join();
    bytesUnderWay += sizeBytes;
    const answer = await options.transport(
      `{"key":${JSON.stringify(options.key)},"sentAtMs":${clock()},"events":[${events}]}`,
      isLeaving,
    );
    bytesUnderWay -= sizeBytes;
    const verdict = judgeAnswer(answer, batch.length);
    queue.settle(batch, verdict !== "retry");
    gate.note(verdict, answer.retryAfter);
    if (verdict === "retry") wake(0);
    else if (answer.receipts) options.onReceipts?.(answer.receipts, batch);
    return verdict !== "retry";
  }

  async function drain(): Promise<void> {
    while (gate.waitMs() === 0) {
      const batch = isPaused ? [] : queue.take(batchEventsMax, batchBytesMax);
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
      const batch = queue.take(leaveEventsMax, roomBytes);
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
