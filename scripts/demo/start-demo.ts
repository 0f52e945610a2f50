import { type Random, systemClock } from "@footfall/base";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { createLogger, demoWriteKeys } from "@footfall/runtime";
import { type Standalone, standaloneSettings, startStandalone } from "@footfall/standalone";

export interface DemoServerOptions {
  readonly storageDir: string;
  readonly port: number;
  readonly random: Random;
  /** Shorter than in production, so that a person sees the lake grow. */
  readonly commitIntervalMs: number;
  readonly idleTimeoutMs: number;
}

/** The standalone process inside the demo's own; what it logs at or above `warn` goes to standard error. */
export function startDemoServer(options: DemoServerOptions): Promise<Standalone> {
  return startStandalone({
    ...options,
    host: standaloneSettings.host.default,
    outOfOrderMs: standaloneSettings.outOfOrderMs.default,
    trackerScript: standaloneSettings.trackerScript.default,
    keys: demoWriteKeys,
    openLog: openEmbeddedLog,
    clock: systemClock,
    logger: createLogger({ name: "demo", level: "warn", destination: process.stderr }),
  });
}
