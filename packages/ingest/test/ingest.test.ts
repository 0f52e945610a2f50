import { getEventListeners } from "node:events";
import { AppError } from "@footfall/base";
import { createLogger, Registry } from "@footfall/runtime";
import { waitFor } from "@footfall/testkit";
import { expect, it, onTestFinished, vi } from "vitest";
import { ingest } from "../src/index.ts";

it("leaves nothing on its own signal, and logs a failure once, however often it begins anew", async () => {
  const signals: AbortSignal[] = [];
  const abort = AbortController.prototype.abort;
  vi.spyOn(AbortController.prototype, "abort").mockImplementation(function (this: AbortController, reason?: unknown) {
    signals.push(this.signal);
    abort.call(this, reason);
  });
  onTestFinished(() => void vi.restoreAllMocks());
  let restarts = 0;
  const lines: string[] = [];
  const away = () => Promise.reject(new AppError("LOG_UNAVAILABLE", "away", { retriable: true }));
  const ingesting = ingest({
    name: "test",
    contact: { app: "aggregator", clock: () => 0, registry: new Registry() },
    log: {
      offsets: away,
      subscribe: away,
    },
    topics: ["clicks"],
    group: "test",
    commitIntervalMs: 1000,
    open: () => Promise.reject(new Error("never asked")),
    logger: createLogger({ name: "test", level: "info", destination: { write: (line) => void lines.push(line) } }),
    onError: () => {},
    onRestart: () => (restarts += 1),
    random: () => 0,
  });
  await waitFor(() => restarts >= 4, { deadlineMs: 30_000 });
  await ingesting.stop();
  expect(signals).toHaveLength(1);
  expect(getEventListeners(signals[0]!, "abort")).toHaveLength(0);
  expect(lines.filter((line) => line.includes("LOG_UNAVAILABLE"))).toHaveLength(1);
});
