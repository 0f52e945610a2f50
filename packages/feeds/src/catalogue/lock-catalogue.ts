import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@footfall/base";
import { lock } from "proper-lockfile";

/** An import that was killed leaves its lock behind; it counts as gone after this long without a sign of life. */
const lockStaleMs = 10_000;
const tries = { retries: 12, factor: 1, minTimeout: 1000, maxTimeout: 1000 };

export interface CatalogueLock {
  /** Aborted, with an AppError, when the lock was lost: the process was halted, and another import may have begun. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Only one import at a time of a table of one storage folder; waits for an import under way, or for the lock of one
 * that was killed.
 * @throws AppError CATALOGUE_CONFLICT (retriable)  another import goes on for long
 */
export async function lockCatalogue(folder: string, topic: string, retries = tries): Promise<CatalogueLock> {
  await mkdir(folder, { recursive: true });
  const lost = new AbortController();
  try {
    const release = await lock(join(folder, topic), {
      realpath: false,
      stale: lockStaleMs,
      update: lockStaleMs / 5,
      retries,
      // Thrown from its timer, as it is by default, the loss would end the process from nowhere.
      onCompromised: (cause) => lost.abort(conflict(`The lock of ${topic} was lost. Import the feed again.`, cause)),
    });
    return { lost: lost.signal, release: async () => void (lost.signal.aborted || (await release())) };
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== "ELOCKED") throw cause;
    throw conflict(`Another import into ${topic} is under way. Wait for it, then import again.`, cause);
  }
}

function conflict(message: string, cause: unknown): AppError {
  return new AppError("CATALOGUE_CONFLICT", message, { retriable: true, cause });
}
