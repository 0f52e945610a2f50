import { type Clock, errorCodeOf } from "@footfall/base";
import { ingest, openTableIngest } from "@footfall/ingest";
import type { Lake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import { metricsTopic } from "@footfall/metrics";
import { errorCounter, type Logger, type Registry, type Service } from "@footfall/runtime";
import { Alerting, type AlertingOptions } from "./alerts/alerting.ts";
import { DeliveryAttempts } from "./alerts/delivery-attempts.ts";
import { createMonitorMetrics, type MonitorMetrics } from "./monitor-metrics.ts";
import { monitorRoutes } from "./monitor-routes.ts";
import { type RemoteWriteOptions, startRemoteWrite } from "./remote-write/start-remote-write.ts";
import { Rounds } from "./rounds.ts";
import { metricSamples } from "./samples/metric-samples.ts";
import { ClosingWindows } from "./windows/closing-windows.ts";

/** What is judged, and who is told. */
export type AlertSettings = Pick<AlertingOptions, "rules" | "notices" | "externalUrl">;

/** How soon samples show as windows and alerts. */
export interface MonitorPace {
  /** Time between two commits of samples. Default 1000. */
  readonly commitIntervalMs?: number;
  /** Time between two looks for windows to close. Default 5000. */
  readonly deriveIntervalMs?: number;
  /** How much samples may be out of order before one counts as late. Default 15,000. */
  readonly outOfOrderMs?: number;
  /** A partition that gets no samples for this long holds up no window. Default 30,000. */
  readonly idleTimeoutMs?: number;
}

export interface MonitorOptions extends MonitorPace {
  readonly log: EventLog;
  readonly lake: Lake;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  /** A log that has not answered for longer shows in health. Default 15,000. */
  readonly logSilentAfterMs?: number;
  /** Partitions of topic `metrics`, where it is made here. Default 4. */
  readonly partitions?: number;
  /** Age past which days of samples are deleted. Default 7 days. */
  readonly samplesRetentionMs?: number;
  /** Absent: windows are made, and nothing is judged. */
  readonly alerting?: AlertSettings & Pick<AlertingOptions, "folder" | "tenant">;
  /** Absent: samples are sent nowhere. */
  readonly remoteWrite?: Pick<RemoteWriteOptions, "target" | "folder" | "tenant">;
}

/** Samples that bring a commit forward. */
const rowsMax = 50_000;

/**
 * Starts the monitor: topic `metrics` into `metric_samples`, of these `metric_windows`, and alerts about them. Run one
 * of a lake: two would not spoil the tables, but tell of every alert twice.
 */
export async function createMonitor(options: MonitorOptions): Promise<Service> {
  const { log, lake, clock, logger, registry } = options;
  const metrics = createMonitorMetrics(registry);
  const countError = errorCounter(registry);
  const onError = (error: unknown): void => countError("monitor", errorCodeOf(error));
  await log.createTopic({ name: metricsTopic, partitions: options.partitions ?? 4 }).catch((error: unknown) => {
    onError(error);
    logger.warn({ error }, "topic metrics cannot be made now; it is waited for");
  });
  const common = {
    log,
    contact: { app: "monitor" as const, clock, registry, silentAfterMs: options.logSilentAfterMs },
    commitIntervalMs: options.commitIntervalMs ?? 1_000,
    logger,
    onError,
    onRestart: metrics.restarted,
    onPersisted: metrics.commitSeconds,
  };
  const remoteWrite = options.remoteWrite && startRemoteWrite({ ...options, ...common, ...options.remoteWrite });
  const samples = ingest({
    ...common,
    topics: [metricsTopic],
    name: "metric samples",
    group: "monitor",
    open: (held, persist) =>
      openTableIngest(metricSamples, { log, lake, persist, rowsMax, onCommitted: metrics.ingested }, held),
  });
  const attempts = new DeliveryAttempts();
  const rounds = new Rounds({
    intervalMs: options.deriveIntervalMs ?? 5_000,
    run: roundOf({ ...options, attempts }, metrics, onError),
    onFailure(error) {
      onError(error);
      logger.warn({ error }, "windows of metrics cannot be closed now; tried again");
    },
  });
  return {
    name: "monitor",
    ...(options.alerting && { operatorRouter: monitorRoutes({ ...options, ...options.alerting, attempts }) }),
    health: () => [
      ...samples.health(),
      ...(rounds.failure === undefined
        ? []
        : [{ code: errorCodeOf(rounds.failure), message: `Windows do not close: ${String(rounds.failure)}` }]),
    ],
    warnings: () => remoteWrite?.warnings() ?? [],
    async stop() {
      await Promise.all([rounds.stop(), remoteWrite?.stop()]);
      await samples.stop();
    },
  };
}

/** Closes windows, then judges them. */
function roundOf(
  options: MonitorOptions & Pick<AlertingOptions, "attempts">,
  metrics: MonitorMetrics,
  onError: (error: unknown) => void,
) {
  const { alerting: alertingOptions, logger } = options;
  const settings = {
    outOfOrderMs: options.outOfOrderMs ?? 15_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 30_000,
    samplesRetentionMs: options.samplesRetentionMs ?? 604_800_000,
  };
  let windows: ClosingWindows | undefined;
  let alerting: Alerting | undefined;
  const openAlerting = (of: NonNullable<typeof alertingOptions>) =>
    Alerting.open({
      ...options,
      ...of,
      onTransitions: metrics.changed,
      onUndelivered(error) {
        onError(error);
        logger.warn({ error }, "a notice of alerts was not taken; it is sent again");
      },
    });
  return async (): Promise<void> => {
    try {
      windows ??= await ClosingWindows.open({ ...options, ...settings });
      const closed = await windows.advance();
      metrics.closed(closed);
      if (!alertingOptions) return;
      alerting ??= await openAlerting(alertingOptions);
      await alerting.round(closed);
    } catch (error) {
      // What is in memory may be behind what is stored, from which it is made anew.
      windows = undefined;
      alerting = undefined;
      throw error;
    }
  };
}
