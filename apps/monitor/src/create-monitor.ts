import { type Clock, errorCodeOf } from "@footfall/base";
import { ingest, openTableIngest } from "@footfall/ingest";
import type { Lake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import { metricsTopic } from "@footfall/metrics";
import { errorCounter, type Logger, type Registry, type Service } from "@footfall/runtime";
import { createMonitorMetrics } from "./monitor-metrics.ts";
import { Rounds } from "./rounds.ts";
import { metricSamples } from "./samples/metric-samples.ts";
import { ClosingWindows } from "./windows/closing-windows.ts";

export interface MonitorOptions {
  readonly log: EventLog;
  readonly lake: Lake;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Partitions of topic `metrics`, where it is made here. Default 4. */
  readonly partitions?: number;
  /** Time between two commits of samples. Default 1000. */
  readonly commitIntervalMs?: number;
  /** Time between two looks for windows to close. Default 5000. */
  readonly deriveIntervalMs?: number;
  /** How much samples may be out of order before one counts as late. Default 15,000. */
  readonly outOfOrderMs?: number;
  /** A partition that gets no samples for this long holds up no window. Default 30,000. */
  readonly idleTimeoutMs?: number;
  /** Age past which days of samples are deleted. Default 7 days. */
  readonly samplesRetentionMs?: number;
}

/** Samples that bring a commit forward. */
const rowsMax = 50_000;

/** Starts the monitor: topic `metrics` into `metric_samples`, and of these `metric_windows`. Run one of a lake. */
export async function createMonitor(options: MonitorOptions): Promise<Service> {
  const { log, lake, logger, registry } = options;
  const metrics = createMonitorMetrics(registry);
  const countError = errorCounter(registry);
  const onError = (error: unknown): void => countError("monitor", errorCodeOf(error));
  await log.createTopic({ name: metricsTopic, partitions: options.partitions ?? 4 }).catch((error: unknown) => {
    onError(error);
    logger.warn({ error }, "topic metrics cannot be made now; it is waited for");
  });
  const samples = ingest({
    log,
    topics: [metricsTopic],
    commitIntervalMs: options.commitIntervalMs ?? 1_000,
    logger,
    onError,
    onRestart: metrics.restarted,
    onPersisted: metrics.commitSeconds,
    name: "metric samples",
    group: "monitor",
    open: (held, persist) =>
      openTableIngest(metricSamples, { log, lake, persist, rowsMax, onCommitted: metrics.ingested }, held),
  });
  const rounds = new Rounds({
    intervalMs: options.deriveIntervalMs ?? 5_000,
    run: closeWindows(options, metrics.closed),
    onFailure(error) {
      onError(error);
      logger.warn({ error }, "windows of metrics cannot be closed now; tried again");
    },
  });
  return {
    name: "monitor",
    health: () => [
      ...samples.health(),
      ...(rounds.failure === undefined
        ? []
        : [{ code: errorCodeOf(rounds.failure), message: `Windows do not close: ${String(rounds.failure)}` }]),
    ],
    async stop() {
      await rounds.stop();
      await samples.stop();
    },
  };
}

function closeWindows(options: MonitorOptions, onClosed: ReturnType<typeof createMonitorMetrics>["closed"]) {
  const settings = {
    outOfOrderMs: options.outOfOrderMs ?? 15_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 30_000,
    samplesRetentionMs: options.samplesRetentionMs ?? 604_800_000,
  };
  let windows: ClosingWindows | undefined;
  return async (): Promise<void> => {
    windows ??= await ClosingWindows.open({ ...options, ...settings });
    try {
      onClosed(await windows.advance());
    } catch (error) {
      // What is in memory may be behind the tables, from which it is made anew.
      windows = undefined;
      throw error;
    }
  };
}
