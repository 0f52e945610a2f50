import { type AgentFile, createAgent } from "@footfall/agent";
import type { Clock, Random } from "@footfall/base";
import { createIndexer } from "@footfall/indexer";
import type { Lake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import type { LogIndex } from "@footfall/log-index";
import { type AlertSettings, createMonitor, type MonitorPace, type RemoteWriteTarget } from "@footfall/monitor";
import type { Logger, Registry, Service } from "@footfall/runtime";

export interface TelemetryOptions {
  readonly log: EventLog;
  readonly lake: Lake;
  readonly clock: Clock;
  readonly logSilentAfterMs?: number;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly folders: { readonly logIndex: string; readonly agent: string; readonly monitor: string };
  readonly openLogIndex: (folder: string) => LogIndex;
  readonly agentFile: AgentFile;
  readonly alerts: AlertSettings;
  readonly monitorPace: MonitorPace;
  readonly remoteWriteTarget?: RemoteWriteTarget;
  /** Age past which days of samples are deleted. Default 7 days. */
  readonly samplesRetentionMs?: number;
  /** Age past which a day leaves the text index. Default 30 days. */
  readonly indexRetentionMs?: number;
  /** Longest body of an OTLP request, unpacked. Default 8 MiB. */
  readonly bodyBytesMax?: number;
}

export interface Telemetry {
  readonly services: readonly Service[];
  /** Undefined where it cannot be opened: a shop must not wait for the search of its logs. */
  readonly logIndex: LogIndex | undefined;
}

const bodyBytesDefault = 8_388_608;
/** One process needs no more. */
const partitions = 1;
const tenant = "default";

/**
 * Agent, indexer and monitor: logs of services beside this one, metrics of this process and of what the agent is told
 * to scrape, and alerts about them. OTLP is taken at the operator's address only.
 */
export async function openTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { folders, openLogIndex, agentFile: file, alerts, monitorPace, remoteWriteTarget: target, ...common } = options;
  const logIndex = tryOpen(openLogIndex, folders.logIndex, common.logger);
  const agent = await createAgent({
    ...common,
    file: { tenant, ...file },
    folder: folders.agent,
    bodyBytesMax: common.bodyBytesMax ?? bodyBytesDefault,
    partitions,
    ownJob: "standalone",
  });
  const { router, ...rest } = agent;
  const alerting = { ...alerts, folder: folders.monitor, tenant };
  const remoteWrite = target && { target, folder: folders.monitor, tenant };
  const services: Service[] = [
    await createMonitor({ ...common, ...monitorPace, partitions, alerting, ...(remoteWrite && { remoteWrite }) }),
    { ...rest, ...(router && { operatorRouter: router }) },
  ];
  if (logIndex) services.unshift(await createIndexer({ ...common, index: logIndex, partitions }));
  return { services, logIndex };
}

function tryOpen(open: (folder: string) => LogIndex, folder: string, logger: Logger): LogIndex | undefined {
  try {
    return open(folder);
  } catch (error) {
    logger.error({ error }, "the text index of logs cannot be opened; logs are not indexed");
    return undefined;
  }
}
