import { type Clock, type ErrorCode, errorCodeOf } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import type { Logger } from "@footfall/runtime";

export interface LogRetentionOptions {
  readonly log: Pick<EventLog, "applyRetention">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly countError: (code: ErrorCode) => void;
  /** Time between the end of one round and the next. */
  readonly intervalMs: number;
}

/**
 * Deletes what is past its topic's retention, at once and then regularly. A failed round is logged and counted; the
 * next one does its work. Several collectors of one log may do so at the same time.
 */
export function applyRetentionRegularly(options: LogRetentionOptions): { stop(): Promise<void> } {
  const { log, clock, logger, countError, intervalMs } = options;
  let isStopping = false;
  let timer: NodeJS.Timeout | undefined;

  async function runRound(): Promise<void> {
    try {
      await log.applyRetention(clock());
    } catch (error) {
      countError(errorCodeOf(error));
      logger.warn({ error }, "records past their retention could not be deleted; the next round tries again");
    }
    if (!isStopping) timer = setTimeout(() => (round = runRound()), intervalMs);
  }

  let round = runRound();
  return {
    async stop() {
      isStopping = true;
      clearTimeout(timer);
      await round;
    },
  };
}
