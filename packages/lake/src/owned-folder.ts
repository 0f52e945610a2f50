import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";

/** A folder that nobody has touched for so long has no owner any more. */
const abandonedAfterMs = 24 * 3_600_000;
const touchIntervalMs = 600_000;

/**
 * A folder of one owner, for files that need not outlive it. Its name is random, since a process id says nothing where
 * containers share a disk, and its owner touches it all the time: that is how others know that it is not left over.
 */
export class OwnedFolder {
  readonly path: string;
  readonly #timer: NodeJS.Timeout;

  private constructor(path: string) {
    this.path = path;
    this.#timer = setInterval(() => {
      // Where the disk fails now, the next use of the folder says so.
      this.#touch().catch(() => {});
    }, touchIntervalMs).unref();
  }

  /** Makes a folder below `parent`, and deletes those that dead owners left there. */
  static async open(parent: string): Promise<OwnedFolder> {
    await mkdir(parent, { recursive: true });
    await removeAbandoned(parent);
    const path = join(parent, randomUUID());
    await mkdir(path);
    return new OwnedFolder(path);
  }

  /** Makes the folder where it is gone: whoever slept for a day finds it deleted. */
  async make(): Promise<void> {
    await mkdir(this.path, { recursive: true });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await rm(this.path, { recursive: true, force: true });
  }

  async #touch(): Promise<void> {
    await this.make();
    const now = new Date();
    await utimes(this.path, now, now);
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    const touchedMs = (await stat(path).catch(() => undefined))?.mtimeMs ?? Infinity;
    // Another may delete it at the same time.
    if (Date.now() - touchedMs > abandonedAfterMs) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}
