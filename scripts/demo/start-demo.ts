import { type Level, pino } from "pino";
import { type Random, systemClock } from "@footfall/base";
import type { ScrapeTarget } from "@footfall/agent";
import { openLog, openSpoolStore } from "@footfall/log/open";
import { EmbeddedLogIndex } from "@footfall/log-index/embedded";
import { readAlertFiles } from "@footfall/monitor";
import { createLogger, demoWriteKeys, readConfig } from "@footfall/runtime";
import { type Standalone, standaloneSettings, startStandalone } from "@footfall/standalone";
import { ownLogFile, serviceLogPattern } from "./own-log-file.ts";

export interface DemoServerOptions {
  readonly storageDir: string;
  readonly port: number;
  /** Empty, or absent, for the log that the environment names. */
  readonly kafkaBrokers?: string;
  readonly random: Random;
  /** Shorter than in production, so that a person sees the lake grow. */
  readonly commitIntervalMs: number;
  readonly deriveIntervalMs: number;
  readonly idleTimeoutMs: number;
  /** A further service: its metrics, and the name under which its log lies beside the demo's own. */
  readonly watched?: ScrapeTarget;
  /** Instead of the files that the environment names. */
  readonly alertFiles?: { readonly rulesFile: string; readonly noticesFile: string };
}

/** Windows of metrics close soon after they have ended: what is scraped here comes in order. */
const monitorPace = { deriveIntervalMs: 2_000, outOfOrderMs: 2_000, idleTimeoutMs: 15_000 };

/**
 * The standalone process inside the demo's own; what it logs at or above `warn` goes to standard error. All that it
 * logs goes to a file too, which its own agent reads, so that there is something to search.
 */
export async function startDemoServer(options: DemoServerOptions): Promise<Standalone> {
  const { FOOTFALL_LOG_LEVEL: level = "warn", ...environment } = process.env;
  const { storageDir, watched } = options;
  const config = {
    ...readConfig("standalone", standaloneSettings, environment),
    ...(options.kafkaBrokers && { kafkaBrokers: options.kafkaBrokers }),
  };
  const logsOf = (service: string) => ({
    paths: [serviceLogPattern(storageDir, service)],
    service,
    format: "json" as const,
  });
  return startStandalone({
    ...config,
    ...options,
    ...(options.port === 0 && { operatorPort: 0 }),
    keys: demoWriteKeys,
    openLog: (open) => openLog({ ...open, settings: config }),
    openSpoolStore: (folder) => openSpoolStore(config, folder),
    openLogIndex: (folder) => EmbeddedLogIndex.open({ folder }),
    agentFile: {
      logs: [{ ...logsOf("standalone"), instance: "demo" }, ...(watched ? [logsOf(watched.job)] : [])],
      scrape: watched ? [watched] : [],
      hostMetrics: {},
    },
    alerts: await readAlertFiles(options.alertFiles ?? config),
    monitorPace,
    clock: systemClock,
    logger: createLogger({
      name: "demo",
      level: "info",
      destination: pino.multistream([
        { level: level as Level, stream: process.stderr },
        { level: "info", stream: ownLogFile(storageDir, "standalone") },
      ]),
    }),
  });
}
