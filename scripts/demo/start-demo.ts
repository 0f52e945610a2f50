import { type Level, pino } from "pino";
import { type Random, systemClock } from "@footfall/base";
import { openLog, openSpoolStore } from "@footfall/log/open";
import { EmbeddedLogIndex } from "@footfall/log-index/embedded";
import { createLogger, demoWriteKeys, readConfig } from "@footfall/runtime";
import { type Standalone, standaloneSettings, startStandalone } from "@footfall/standalone";
import { ownLogFile, ownLogPattern } from "./own-log-file.ts";

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
}

/**
 * The standalone process inside the demo's own; what it logs at or above `warn` goes to standard error. All that it
 * logs goes to a file too, which its own agent reads, so that there is something to search.
 */
export function startDemoServer(options: DemoServerOptions): Promise<Standalone> {
  const { FOOTFALL_LOG_LEVEL: level = "warn", ...environment } = process.env;
  const config = {
    ...readConfig("standalone", standaloneSettings, environment),
    ...(options.kafkaBrokers && { kafkaBrokers: options.kafkaBrokers }),
  };
  return startStandalone({
    ...config,
    ...options,
    ...(options.port === 0 && { operatorPort: 0 }),
    keys: demoWriteKeys,
    openLog: (open) => openLog({ ...open, settings: config }),
    openSpoolStore: (folder) => openSpoolStore(config, folder),
    openLogIndex: (folder) => EmbeddedLogIndex.open({ folder }),
    agentFile: {
      logs: [{ paths: [ownLogPattern(options.storageDir)], service: "footfall", format: "json", instance: "demo" }],
    },
    clock: systemClock,
    logger: createLogger({
      name: "demo",
      level: "info",
      destination: pino.multistream([
        { level: level as Level, stream: process.stderr },
        { level: "info", stream: ownLogFile(options.storageDir) },
      ]),
    }),
  });
}
