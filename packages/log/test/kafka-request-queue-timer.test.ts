import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { installRequestQueueTimer } from "../src/kafka/request-queue-timer.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_000 }));
afterEach(() => void vi.useRealTimers());

function waitMs(change: { throttledUntil?: number; pending?: readonly object[] }): number {
  installRequestQueueTimer();
  const queue = new RequestQueue({
    instrumentationEmitter: null,
    maxInFlightRequests: 1,
    requestTimeout: 1_000,
    enforceRequestTimeout: false,
    clientId: "test",
    broker: "127.0.0.1:9092",
    logger: { namespace: () => ({ debug() {} }) },
  });
  Object.assign(queue, change);
  const check = vi.spyOn(queue, "checkPendingRequests").mockReturnValue();
  queue.scheduleCheckPendingRequests();
  queue.scheduleCheckPendingRequests();
  expect(vi.getTimerCount()).toBe(1);
  const startMs = Date.now();
  vi.advanceTimersToNextTimer();
  expect(check).toHaveBeenCalledTimes(1);
  return Date.now() - startMs;
}

it("never waits for a negative time, and as long as a broker throttles", () => {
  expect(waitMs({})).toBe(1);
  expect(waitMs({ pending: [{}] })).toBe(10);
  expect(waitMs({ throttledUntil: Date.now() + 700, pending: [{}] })).toBe(700);
  expect(waitMs({ throttledUntil: Date.now() - 100 })).toBe(1);
});
