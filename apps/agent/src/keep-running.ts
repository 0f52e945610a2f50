import { setTimeout as pause } from "node:timers/promises";
import { errorCodeOf } from "@footfall/base";
import type { HealthProblem, Logger } from "@footfall/runtime";

export interface KeepRunningOptions {
  readonly name: string;
  /** Ends by the signal, or by an error. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly logger: Logger;
  readonly onError: (error: unknown) => void;
}

export interface KeptRunning {
  /** Why it does not run at present. */
  readonly problem: HealthProblem | undefined;
  stop(): Promise<void>;
}

const pauseMs = 2_000;

/**
 * Runs work that is to go on for ever, and begins it anew when it fails. A failure is logged once until it is another.
 */
export function keepRunning({ name, run, logger, onError }: KeepRunningOptions): KeptRunning {
  const stopping = new AbortController();
  const { signal } = stopping;
  let problem: HealthProblem | undefined;
  async function keep(): Promise<void> {
    while (!signal.aborted) {
      const healed = setTimeout(() => (problem = undefined), pauseMs);
      try {
        await run(signal);
      } catch (error) {
        onError(error);
        const message = `${name}: ${error instanceof Error ? error.message : String(error)}`;
        if (problem?.message !== message) logger.warn({ error }, `${name}: tried again every ${pauseMs / 1000} s`);
        problem = { code: errorCodeOf(error), message };
      } finally {
        clearTimeout(healed);
      }
      await pause(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
  const running = keep();
  return {
    get problem() {
      return problem;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
