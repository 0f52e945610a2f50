import type { Clock } from "@footfall/base";
import type { LogIndex } from "@footfall/log-index";
import type { Logger } from "@footfall/runtime";

export interface RetentionOptions {
  readonly index: Pick<LogIndex, "applyRetention">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onError: (error: unknown) => void;
  readonly retentionMs: number;
}

const intervalMs = 3_600_000;

/** Deletes days that are past the retention, at the start and every hour. */
export function keepRecentDays({ index, clock, logger, onError, retentionMs }: RetentionOptions) {
  let underWay: Promise<void> = Promise.resolve();
  async function apply(): Promise<void> {
    try {
      const days = await index.applyRetention(clock() - retentionMs);
      if (days.length > 0) logger.info({ days }, "days left the log index");
    } catch (error) {
      onError(error);
      logger.warn({ error }, "old days of the log index cannot be deleted; tried again in an hour");
    }
  }
  const begin = (): void => void (underWay = underWay.then(apply));
  begin();
  const timer = setInterval(begin, intervalMs);
  timer.unref();
  return {
    async stop(): Promise<void> {
      clearInterval(timer);
      await underWay;
    },
  };
}
