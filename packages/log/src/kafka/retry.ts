import { AppError, backOffMs, type Clock, type Random } from "@footfall/base";

export const retryBackOff = { minMs: 50, maxMs: 1000 };

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Waits for a promise, but no longer than so long; what it does later is of no matter.
 * @throws AppError LOG_UNAVAILABLE (retriable)
 */
export async function withDeadline<T>(promise: Promise<T>, deadlineMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new HungError(what, deadlineMs)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The client library has not answered in time, and may be at it still. */
export class HungError extends AppError {
  constructor(what: string, deadlineMs: number) {
    super("LOG_UNAVAILABLE", `No answer to ${what} within ${Math.round(deadlineMs)} ms.`, { retriable: true });
  }
}

export interface RetryOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** On `clock`. */
  readonly deadlineMs: number;
  /** Whether trying again may help. */
  readonly isRetriable: (error: unknown, attempt: number) => boolean;
}

/**
 * Calls until it succeeds, cannot succeed, or the deadline has passed; then throws the last error, or the one before
 * where the last one only says that there was no time left.
 */
export async function retry<T>(options: RetryOptions, call: (remainingMs: number) => Promise<T>): Promise<T> {
  let reason: unknown;
  for (let attempt = 0; ; attempt++) {
    try {
      return await call(Math.max(1, options.deadlineMs - options.clock()));
    } catch (error) {
      if (!options.isRetriable(error, attempt)) throw error;
      if (reason === undefined || !(error instanceof HungError)) reason = error;
      const waitMs = backOffMs(attempt, retryBackOff, options.random);
      if (options.clock() + waitMs >= options.deadlineMs) throw reason;
      await delay(waitMs);
    }
  }
}
