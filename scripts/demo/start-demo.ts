import { type Random, systemClock } from "@footfall/base";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { createLogger, demoWriteKeys, readConfig } from "@footfall/runtime";
import { type Standalone, standaloneSettings, startStandalone } from "@footfall/standalone";

export interface DemoServerOptions {
  readonly storageDir: string;
  readonly port: number;
  readonly random: Random;
  /** Shorter than in production, so that a person sees the lake grow. */
  readonly commitIntervalMs: number;
  readonly deriveIntervalMs: number;
  readonly idleTimeoutMs: number;
}

/** The standalone process inside the demo's own; what it logs at or above `warn` goes to standard error. */
export function startDemoServer(options: DemoServerOptions): Promise<Standalone> {
  const { FOOTFALL_LOG_LEVEL: level = "warn", ...environment } = process.env;
  return startStandalone({
    ...readConfig("standalone", standaloneSettings, environment),
    ...options,
    keys: demoWriteKeys,
    openLog: openEmbeddedLog,
    clock: systemClock,
    logger: createLogger({ name: "demo", level, destination: process.stderr }),
  });
}
