import { AppError } from "@footfall/base";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { memoryLog } from "./memory-log.ts";
import { nowMs, startCollector } from "./running-collector.ts";

const minuteMs = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A log whose rounds of retention are noted, and fail with what `failures` holds. */
function retainingLog() {
  const roundsMs: number[] = [];
  const failures: AppError[] = [];
  const applyRetention = async (roundMs: number): Promise<void> => {
    roundsMs.push(roundMs);
    const failure = failures.shift();
    if (failure) throw failure;
  };
  return { log: { ...memoryLog(), applyRetention }, roundsMs, failures };
}

it("deletes what is past its retention at the start and then regularly, over failures, until it stops", async () => {
  const { log, roundsMs, failures } = retainingLog();
  failures.push(new AppError("LOG_UNAVAILABLE", "The disk is away.", { retriable: true }));
  const { service, clock, registry } = await startCollector({ log, bounds: { retentionIntervalMs: 10 * minuteMs } });
  expect(roundsMs).toEqual([nowMs]);
  const counted = await registry.metrics();
  expect(counted).toContain('footfall_errors_total{app="collector",code="LOG_UNAVAILABLE"} 1');

  for (let round = 1; round <= 3; round += 1) {
    clock.advance(10 * minuteMs);
    await vi.advanceTimersByTimeAsync(10 * minuteMs);
    expect(roundsMs).toHaveLength(round + 1);
  }
  expect(roundsMs.at(-1)).toBe(nowMs + 30 * minuteMs);

  await service.stop();
  await vi.advanceTimersByTimeAsync(60 * minuteMs);
  expect(roundsMs).toHaveLength(4);
});

it("waits at its end for the round under way", async () => {
  const { log, roundsMs } = retainingLog();
  let end: () => void = () => {};
  log.applyRetention = (roundMs) => {
    roundsMs.push(roundMs);
    return new Promise((resolve) => (end = resolve));
  };
  const { service } = await startCollector({ log });
  let hasStopped = false;
  const stopping = service.stop().then(() => (hasStopped = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(hasStopped).toBe(false);
  end();
  await stopping;
  await vi.advanceTimersByTimeAsync(60 * minuteMs);
  expect(roundsMs).toHaveLength(1);
});

it("bounds the size of what was refused by default, and that of clicks where it is told to", async () => {
  const log = memoryLog();
  await (await startCollector({ log })).close();
  expect(log.specs.get("clicks")).not.toHaveProperty("retentionBytesMax");
  expect(log.specs.get("clicks.rejected")).toMatchObject({ retentionBytesMax: 1024 ** 3 });
  await (await startCollector({ log, bounds: { clicksRetentionBytesMax: 5, rejectedRetentionBytesMax: 0 } })).close();
  expect(log.specs.get("clicks")).toMatchObject({ retentionBytesMax: 5 });
  expect(log.specs.get("clicks.rejected")).not.toHaveProperty("retentionBytesMax");
});
