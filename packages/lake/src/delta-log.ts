import { randomUUID } from "node:crypto";
import { access, readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type CommitEntry, parseCommit } from "./commit-entry.ts";
import { type DurableFiles, makeFolderDurably } from "./durable-file.ts";
import { translateStorageError } from "./lake-failure.ts";

/** The folder `_delta_log` of one table: numbered entries, each created exclusively and never changed. */
export class DeltaLog {
  readonly folder: string;
  readonly #files: DurableFiles;
  /** How many entries were read from disk, so that tests can assert the cost. */
  entriesRead = 0;

  constructor(tableFolder: string, files: DurableFiles) {
    this.folder = join(tableFolder, "_delta_log");
    this.#files = files;
  }

  entryPath(version: number): string {
    return join(this.folder, `${paddedVersion(version)}.json`);
  }

  checkpointPath(version: number): string {
    return join(this.folder, `${paddedVersion(version)}.checkpoint.parquet`);
  }

  /** The entry, or undefined when there is none of this version. @throws AppError LAKE_COMMIT_CORRUPT, LAKE_TOO_NEW */
  async read(version: number): Promise<CommitEntry | undefined> {
    const path = this.entryPath(version);
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw translateStorageError(error, path);
    }
    this.entriesRead += 1;
    return parseCommit(text, path);
  }

  /**
   * Makes an entry ready; the returned function publishes it as the given version and says whether it was free. It may
   * be called with further versions. `dispose` removes what was prepared.
   */
  async prepare(text: string): Promise<{ publish(version: number): Promise<boolean>; dispose(): Promise<void> }> {
    const preparedPath = join(this.folder, `.${randomUUID()}.tmp`);
    const dispose = () => rm(preparedPath, { force: true });
    try {
      await makeFolderDurably(this.folder);
      await this.#files.prepare(preparedPath, text);
    } catch (error) {
      await dispose().catch(() => {});
      throw translateStorageError(error, preparedPath);
    }
    const publish = async (version: number) => {
      const path = this.entryPath(version);
      try {
        const isOurs = await this.#files.linkExclusively(preparedPath, path);
        if (isOurs) await this.#files.syncFolders([path]);
        return isOurs;
      } catch (error) {
        throw translateStorageError(error, path);
      }
    };
    return { publish, dispose };
  }

  /** Makes the names of all published entries durable. */
  async sync(): Promise<void> {
    await this.#files.syncFolders([this.entryPath(0)]);
  }

  /** Whether the entry of a version is there. */
  async has(version: number): Promise<boolean> {
    try {
      await access(this.entryPath(version));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw translateStorageError(error, this.entryPath(version));
    }
  }

  /**
   * Versions of the entries and checkpoints that are there, oldest first. Looks at names only.
   * `isForeign`: there are checkpoints of a form that only other programs write.
   */
  async versions(): Promise<{
    readonly entries: readonly number[];
    readonly checkpoints: readonly number[];
    readonly isForeign: boolean;
  }> {
    const names = (await readdir(this.folder).catch((): string[] => [])).sort();
    const matching = (pattern: RegExp) => names.flatMap((name) => pattern.exec(name)?.[1] ?? []).map(Number);
    return {
      entries: matching(/^(\d{20})\.json$/),
      checkpoints: matching(/^(\d{20})\.checkpoint\.parquet$/),
      isForeign: matching(/^(\d{20})\.checkpoint\.[^.]+\.(?:\d+\.)?(?:json|parquet)$/).length > 0,
    };
  }

  /** What `_last_checkpoint` points at; a hint, so anything unreadable counts as absent. */
  async lastCheckpoint(): Promise<number | undefined> {
    try {
      const hint = JSON.parse(await readFile(join(this.folder, "_last_checkpoint"), "utf8")) as { version?: number };
      return hint.version;
    } catch {
      return undefined;
    }
  }
}

function paddedVersion(version: number): string {
  return String(version).padStart(20, "0");
}
