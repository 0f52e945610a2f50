import { AppError, type Clock } from "@footfall/base";
import type { AppendRecord } from "@footfall/log";
import type { HealthProblem, Logger } from "@footfall/runtime";

/** A failure older than this no longer makes the collector unready: without traffic nothing would ever clear it. */
const failureShownMs = 10_000;

/** A log, or a spool in front of one. */
export interface AppendTarget {
  append(topic: string, records: readonly AppendRecord[]): Promise<unknown>;
}

/**
 * The log as the collector uses it: appends are timed, a failure shows in the health report, and the first one of a row
 * and its end are logged, not each.
 */
export interface GuardedLog {
  /** @throws AppError as `append` of the target; one that is being closed counts as unavailable */
  append(topic: string, records: readonly AppendRecord[]): Promise<void>;
  health(): readonly HealthProblem[];
}

export interface GuardOptions {
  readonly clock: Clock;
  readonly logger: Pick<Logger, "info" | "warn">;
  readonly observeAppend: (seconds: number) => void;
}

export function guardLog(log: AppendTarget, { clock, logger, observeAppend }: GuardOptions): GuardedLog {
  let failure: { readonly error: AppError; readonly atMs: number } | undefined;
  let failures = 0;

  function noteSuccess(): void {
    if (failures > 0) logger.info({ failedAppends: failures }, "the log takes events again");
    failures = 0;
    failure = undefined;
  }

  function noteFailure(error: AppError): void {
    failures += 1;
    if (failures === 1) logger.warn({ error }, "the log takes no events; requests are answered 503 until it does");
    failure = { error, atMs: clock() };
  }

  return {
    async append(topic, records) {
      const startMs = performance.now();
      try {
        await log.append(topic, records);
        noteSuccess();
      } catch (cause) {
        const error = asUnavailable(cause);
        if (error instanceof AppError && error.code === "LOG_UNAVAILABLE") noteFailure(error);
        throw error;
      } finally {
        observeAppend((performance.now() - startMs) / 1000);
      }
    },
    health() {
      if (!failure || clock() - failure.atMs > failureShownMs) return [];
      return [{ code: "LOG_UNAVAILABLE", message: `The last append failed: ${failure.error.message}` }];
    },
  };
}

function asUnavailable(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== "LOG_CLOSED") return error;
  return new AppError("LOG_UNAVAILABLE", "The collector is stopping. Send the batch again after Retry-After.", {
    retriable: true,
    cause: error,
  });
}
