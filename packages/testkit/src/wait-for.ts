/** Bounds of a wait. */
export interface WaitOptions {
  /** Give up after this long. Default 5000. */
  readonly deadlineMs?: number;
  /** Pause between two looks. Default 2. */
  readonly intervalMs?: number;
  /** What was waited for, for the message of the failure. */
  readonly what?: string;
}

/**
 * Waits until `condition` gives something truthy and returns it. Tests use it instead of sleeping.
 * @throws Error when the deadline has passed; the last error of a throwing condition is its `cause`
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<Awaited<T>, false | null | undefined | 0 | "">> {
  const { deadlineMs = 5000, intervalMs = 2, what = String(condition) } = options;
  const startMs = performance.now();
  let cause: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value as Exclude<Awaited<T>, false | null | undefined | 0 | "">;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() - startMs > deadlineMs) {
      throw new Error(
        `gave up after ${deadlineMs} ms waiting for: ${what}`,
        cause === undefined ? undefined : { cause },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
