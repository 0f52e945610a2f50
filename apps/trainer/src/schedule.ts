import { AppError } from "@footfall/base";
import { Cron } from "croner";

/** Times at which something is due. */
export interface Schedule {
  /** The first time after this one, ms since the epoch; undefined where none follows. */
  nextAfter(timeMs: number): number | undefined;
}

/**
 * @param expression  cron: minute, hour, day, month, weekday; or with seconds before them
 * @param timeZone  of the IANA's list
 * @throws AppError CONFIG_INVALID
 */
export function readSchedule(expression: string, timeZone: string): Schedule {
  try {
    // Paused, and without a function: it only reckons.
    const cron = new Cron(expression, { timezone: timeZone, paused: true });
    cron.nextRun(new Date(0)); // an unknown zone shows here
    return { nextAfter: (timeMs) => cron.nextRun(new Date(timeMs))?.getTime() };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `FOOTFALL_TRAINER_SCHEDULE "${expression}" in FOOTFALL_TRAINER_TIME_ZONE "${timeZone}": ${reason}`;
    throw new AppError("CONFIG_INVALID", `${message} See docs/config.md.`, { cause });
  }
}
