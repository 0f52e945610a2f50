import type { Clock } from "@footfall/base";
import { type ContactOptions, ingest } from "@footfall/ingest";
import type { EventLog } from "@footfall/log";
import { metricsTopic } from "@footfall/metrics";
import type { HealthProblem, Logger, Registry } from "@footfall/runtime";
import { createRemoteWriteMetrics } from "./remote-write-metrics.ts";
import { RemoteWriteProgress } from "./remote-write-progress.ts";
import type { RemoteWriteTarget } from "./remote-write-settings.ts";
import { openRemoteWriteSink } from "./remote-write-sink.ts";
import { WriteSender } from "./write-sender.ts";

export interface RemoteWriteOptions {
  readonly log: EventLog;
  readonly contact: ContactOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly target: RemoteWriteTarget;
  /** Holds how far the receiver has what the log holds. */
  readonly folder: string;
  /** Samples of others are marked. */
  readonly tenant: string;
  /** Time between two looks for samples to send. */
  readonly commitIntervalMs: number;
  readonly onError: (error: unknown) => void;
  readonly onRestart: () => void;
}

export interface RemoteWrite {
  /** A receiver that is away keeps the monitor from nothing else. */
  warnings(): readonly HealthProblem[];
  stop(): Promise<void>;
}

const bounds = { samplesMax: 5_000, bytesMax: 1_048_576 };

/**
 * Sends topic `metrics` to a receiver of remote writes, in a group of its own: a receiver that is away holds up neither
 * tables nor alerts, and gets later what it has missed. What was under way in a kill is sent again.
 */
export function startRemoteWrite(options: RemoteWriteOptions): RemoteWrite {
  const { log, contact, clock, logger, registry, target, folder, tenant, commitIntervalMs, onError, onRestart } =
    options;
  let oldestMs: number | undefined;
  const metrics = createRemoteWriteMetrics(registry, () =>
    oldestMs === undefined ? 0 : Math.max(0, (clock() - oldestMs) / 1_000),
  );
  const sender = new WriteSender({ target, clock, logger, metrics });
  const progress = new RemoteWriteProgress(folder, logger);
  const sending = ingest({
    log,
    contact,
    topics: [metricsTopic],
    commitIntervalMs,
    logger,
    onError,
    onRestart,
    name: "remote write",
    group: "monitor.remote-write",
    open: (held, persist) =>
      openRemoteWriteSink(
        {
          log,
          clock,
          persist,
          progress,
          bounds,
          ownTenant: tenant,
          metrics,
          send: (pieces) => sender.send(pieces),
          onWaiting: (time) => (oldestMs = time),
        },
        held,
      ),
  });
  return {
    warnings: () => sending.health(),
    async stop() {
      sender.stop();
      await sending.stop();
    },
  };
}
