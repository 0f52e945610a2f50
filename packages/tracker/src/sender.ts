import type { Clock, Random } from "@footfall/base";
import type { EventReceipt } from "@footfall/events";
import type { EventQueue, QueuedEvent } from "./event-queue.ts";
import { type KeyValueStore, storePrefix } from "./key-value-store.ts";
import { backOffMs, judgeAnswer, retryAfterMaxMs, retryAfterMs, type TransportAnswer } from "./retry-rule.ts";

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

export interface SenderOptions {
  readonly queue: EventQueue;
  readonly transport: Transport;
  readonly store: KeyValueStore;
  readonly key: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly schedule: Schedule;
  readonly onReceipts?: ((receipts: readonly EventReceipt[]) => void) | undefined;
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
  const { queue, transport, store, clock } = options;
  const retryKey = `${storePrefix}retry.${options.key}`;
  let failures = 0;
  let notBeforeMs = 0;
  let bytesUnderWay = 0;
  let sending: Promise<void> | undefined;
  let wakeAtMs = Infinity;
  let cancelWake = () => {};
  let isPaused = false;

  /** Retry-After binds every tab and the pages to come, so it is stored; a clock set back does not stretch it. */
  function waitMs(): number {
    const storedMs = Math.min(Number(store.get(retryKey)) - clock(), retryAfterMaxMs);
    return Math.max(notBeforeMs - clock(), storedMs, 0);
  }

  function wake(delayMs: number): void {
    const atMs = clock() + Math.max(delayMs, waitMs());
    if (atMs >= wakeAtMs) return;
    cancelWake();
    wakeAtMs = atMs;
    cancelWake = options.schedule(() => {
      wakeAtMs = Infinity;
      void flush();
    }, atMs - clock());
  }

  async function send(batch: readonly QueuedEvent[], isLeaving: boolean): Promise<boolean> {
    const events = batch.map((event) => event.json).join();
    const sizeBytes = batch.reduce((sum, event) => sum + event.sizeBytes + 1, 0);
    bytesUnderWay += sizeBytes;
    const answer = await transport(
      `{"key":${JSON.stringify(options.key)},"sentAtMs":${clock()},"events":[${events}]}`,
      isLeaving,
    );
    bytesUnderWay -= sizeBytes;
    const verdict = judgeAnswer(answer, batch.length);
    queue.settle(batch, verdict !== "retry");
    if (verdict === "retry") {
      failures += 1;
      const askedMs = retryAfterMs(answer.retryAfter, clock());
      notBeforeMs = clock() + askedMs + backOffMs(askedMs > 0 ? 0 : failures, options.random);
      if (askedMs > 0) store.set(retryKey, String(clock() + askedMs));
      wake(0);
      return false;
    }
    failures = 0;
    notBeforeMs = 0;
    if (answer.receipts) options.onReceipts?.(answer.receipts);
    return true;
  }

  async function drain(): Promise<void> {
    while (!isPaused && waitMs() === 0) {
      const batch = queue.take(batchEventsMax, batchBytesMax);
      if (batch.length === 0 || !(await send(batch, false))) break;
    }
  }

  function flush(): Promise<void> {
    sending ??= drain().finally(() => {
      sending = undefined;
      if (waitMs() > 0 && queue.length > 0) wake(0);
    });
    return sending;
  }

  return {
    wake,
    flush,
    leave() {
      const roomBytes = keepaliveBytesMax - bytesUnderWay;
      if (waitMs() > 0 || roomBytes <= 0) return;
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
