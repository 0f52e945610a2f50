import { AppError } from "@footfall/base";

/**
 * What the promise settles with, unless that takes longer or the signal comes first.
 * @throws AppError LOG_UNAVAILABLE (retriable) when it was given up; what it settles with later is dropped
 */
export function within<T>(promise: Promise<T>, timeoutMs: number, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      end();
      const message = signal.aborted ? "The log is being closed." : `The log did not answer within ${timeoutMs} ms.`;
      reject(new AppError("LOG_UNAVAILABLE", message, { retriable: true }));
    };
    const timer = setTimeout(giveUp, timeoutMs);
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp);
    promise.then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error as Error);
      },
    );
  });
}
