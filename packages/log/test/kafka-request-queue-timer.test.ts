import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { installRequestQueueTimer } from "../src/kafka/request-queue-timer.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_000 }));
afterEach(() => void vi.useRealTimers());

function waitMs(change: { throttledUntil?: number; pending?: readonly object[] }): number | undefined {
  installRequestQueueTimer();
  const spy = vi.spyOn(globalThis, "setTimeout");
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
  expect(spy).toHaveBeenCalledTimes(1);
  const [[, delayMs]] = spy.mock.calls as [[unknown, number]];
  vi.advanceTimersByTime(delayMs);
  expect(check).toHaveBeenCalledTimes(1);
  spy.mockRestore();
  return delayMs;
}

it("never waits for a negative time, and as long as a broker throttles", () => {
  expect(waitMs({})).toBe(1);
  expect(waitMs({ pending: [{}] })).toBe(10);
  expect(waitMs({ throttledUntil: Date.now() + 700, pending: [{}] })).toBe(700);
  expect(waitMs({ throttledUntil: 900 })).toBe(1);
});
