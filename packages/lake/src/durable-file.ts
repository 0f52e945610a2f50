import { randomUUID } from "node:crypto";
import { link, mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The moments between which a crash may fall, in the order in which a file becomes part of a table. */
export type DurableStep = "write" | "sync" | "rename" | "syncFolder" | "publish";

/** Called before each step with the file concerned. Fault tests end the process, or throw a disk's error, in here. */
export type BeforeStep = (step: DurableStep, path: string) => void;

/** Steps by which files become durable (invariant I4). Reads of unfinished files are impossible: names appear last. */
export class DurableFiles {
  readonly #beforeStep: BeforeStep;
  readonly #madeFolders = new Set<string>();

  constructor(beforeStep: BeforeStep = () => {}) {
    this.#beforeStep = beforeStep;
  }

  /** A name beside the final one that no reader looks at. */
  temporaryName(path: string): string {
    return join(dirname(path), `.${randomUUID()}.tmp`);
  }

  /**
   * Lets `write` fill a temporary file, makes it durable and gives it its name. The folder's entry becomes durable by
   * `syncFolders`, once for all files of a commit.
   */
  async writeFile(path: string, write: (temporaryPath: string) => Promise<void>): Promise<void> {
    await this.#makeFolder(dirname(path));
    const temporaryPath = this.temporaryName(path);
    try {
      this.#beforeStep("write", path);
      await write(temporaryPath);
      this.#beforeStep("sync", path);
      await syncFile(temporaryPath);
      this.#beforeStep("rename", path);
      await rename(temporaryPath, path);
    } catch (error) {
      await rm(temporaryPath, { force: true }).catch(() => {});
      throw error;
    }
  }

  /** Makes the names of files durable. */
  async syncFolders(paths: Iterable<string>): Promise<void> {
    for (const folder of new Set([...paths].map((path) => dirname(path)))) {
      this.#beforeStep("syncFolder", folder);
      await syncFolder(folder);
    }
  }

  /**
   * Publishes a complete, durable file under a name that must not exist yet: `link` fails when it does, and a reader
   * that sees the name sees the whole content. Returns false when another writer took the name first.
   */
  async linkExclusively(preparedPath: string, path: string): Promise<boolean> {
    this.#beforeStep("publish", path);
    try {
      await link(preparedPath, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    }
    return true;
  }

  /** Writes and syncs a file that `linkExclusively` will publish. */
  async prepare(path: string, content: string): Promise<void> {
    this.#beforeStep("write", path);
    const file = await open(path, "wx");
    try {
      await file.writeFile(content);
      this.#beforeStep("sync", path);
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  /** Creates a folder durably: the names of new folders are synced in their parents. */
  async #makeFolder(folder: string): Promise<void> {
    if (this.#madeFolders.has(folder)) return;
    await makeFolderDurably(folder);
    this.#madeFolders.add(folder);
  }
}

/** Creates a folder with its parents and syncs every parent that got a new name. */
export async function makeFolderDurably(folder: string): Promise<void> {
  const firstMade = await mkdir(folder, { recursive: true });
  if (firstMade === undefined) return;
  for (let made = folder; made.length >= firstMade.length; made = dirname(made)) await syncFolder(dirname(made));
}

async function syncFile(path: string): Promise<void> {
  await withFile(path, (file) => file.datasync());
}

async function syncFolder(path: string): Promise<void> {
  await withFile(path, (file) => file.sync());
}

async function withFile(path: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, "r");
  try {
    await use(file);
  } finally {
    await file.close();
  }
}
