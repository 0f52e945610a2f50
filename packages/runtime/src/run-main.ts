import { isatty } from "node:tty";
import { AppError } from "@footfall/base";
import type { Logger } from "./logger.ts";

/** Exit code of a start that bad configuration stopped (`EX_CONFIG` of sysexits.h). */
const configExitCode = 78;

/** Whether a standard stream is a terminal, which may go away later. */
const hadTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));

export interface Running {
  stop(): Promise<void>;
}

/**
 * Runs an app's composition root: starts it, stops it cleanly on SIGTERM, SIGINT or SIGHUP (twice: at once), and ends
 * the process with a clear message when the start fails or something is thrown that nobody caught.
 */
export async function runMain(
  start: () => Promise<{ readonly logger: Logger; readonly running: Running }>,
): Promise<void> {
  try {
    const { logger, running } = await start();
    const onFatal = (error: unknown): void => {
      logger.fatal({ error }, "uncaught; ending the process, durable state is safe");
      process.exit(1);
    };
    process.on("uncaughtException", onFatal);
    process.on("unhandledRejection", onFatal);
    let isStopping = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      // A closed terminal tells of it more than once.
      if (isStopping && signal === "SIGHUP") return;
      if (isStopping) process.exit(130);
      isStopping = true;
      logger.info({ signal }, "stopping");
      running.stop().then(() => end(signal), onFatal);
    };
    // SIGHUP comes where the terminal is closed; without a handler it ends a process as it stands.
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, onSignal);
  } catch (error) {
    const isConfig = error instanceof AppError && error.code === "CONFIG_INVALID";
    process.stderr.write(`${error instanceof AppError ? error.message : String((error as Error)?.stack ?? error)}\n`);
    process.exit(isConfig ? configExitCode : 1);
  }
}

/** Node aborts in `process.exit` where its terminal is gone: it cannot set it back to how it was. */
function end(signal: NodeJS.Signals): void {
  if (signal !== "SIGHUP" || !hadTerminal) return process.exit(0);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
