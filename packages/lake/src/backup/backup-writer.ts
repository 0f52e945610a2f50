import { mkdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { DurableFiles, makeFolderDurably } from "../durable-file.ts";
import { type BackedUpFile, type BackedUpTable, formatManifest, manifestPath } from "./backup-manifest.ts";
import { copyFile, digestOf, withFile } from "./copy-file.ts";
import { withCopyFailure } from "./copy-failure.ts";
import { requireEmptyFolder } from "./empty-folder.ts";

const fileMode = 0o600;
const folderMode = 0o700;

/** Fills the folder of one backup. All that it writes is for the owner's eyes only: a backup may hold write keys. */
export class BackupWriter {
  readonly folder: string;
  readonly #files: BackedUpFile[] = [];
  readonly #folders = new Set<string>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @throws AppError LAKE_BACKUP_REFUSED  something is there already */
  static async open(folder: string): Promise<BackupWriter> {
    const path = resolve(folder);
    await requireEmptyFolder(path, "A backup goes into a new folder; it is never added to another one.");
    await withCopyFailure(path, async () => {
      await makeFolderDurably(dirname(path));
      await mkdir(path, { recursive: true, mode: folderMode });
    });
    return new BackupWriter(path);
  }

  /**
   * Copies a file.
   * @param path  relative to the backup, with `/`
   * @throws AppError LAKE_UNAVAILABLE (no room); the error of the file system where the source cannot be read
   */
  async copy(source: string, path: string): Promise<BackedUpFile> {
    const target = await this.#place(path);
    return this.#note(path, () => copyFile(source, target, fileMode));
  }

  /** Writes a file. */
  async write(path: string, content: Uint8Array | string): Promise<BackedUpFile> {
    const target = await this.#place(path);
    return this.#note(path, async () => {
      await withFile(target, { flags: "wx", mode: fileMode }, async (file) => {
        await file.writeFile(content);
        await file.sync();
      });
      return digestOf(target);
    });
  }

  /** Makes a folder for files that others write; `adopt` takes them in. @returns its absolute path */
  async makeFolder(path: string): Promise<string> {
    return dirname(await this.#place(`${path}/x`));
  }

  /** Takes in a file that is in the backup's folder already. */
  async adopt(path: string): Promise<BackedUpFile> {
    const target = await this.#place(path);
    return this.#note(path, async () => {
      await withFile(target, { flags: "r+" }, async (file) => {
        await file.chmod(fileMode);
        await file.sync();
      });
      return digestOf(target);
    });
  }

  /** Makes all names durable, then the manifest: from here on the folder is a backup. */
  async finish(tables: readonly BackedUpTable[], pinnedAtMs: number): Promise<readonly BackedUpFile[]> {
    const files = this.#files.sort((a, b) => (a.path < b.path ? -1 : 1));
    const durable = new DurableFiles();
    const path = manifestPath(this.folder);
    await withCopyFailure(path, async () => {
      // Each folder, and the one that has its name.
      await durable.syncFolders([...this.#folders].flatMap((folder) => [join(folder, "x"), folder]));
      await durable.writeFile(path, (temporaryPath) =>
        withFile(temporaryPath, { flags: "wx", mode: fileMode }, (file) =>
          file.writeFile(formatManifest({ form: 1, pinnedAtMs, tables, files })),
        ),
      );
      await durable.syncFolders([path, this.folder]);
    });
    return files;
  }

  /** Empties the folder again, where it is given up. */
  async discard(): Promise<void> {
    await rm(manifestPath(this.folder), { force: true });
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true });
  }

  async #place(path: string): Promise<string> {
    const target = join(this.folder, ...path.split("/"));
    const folder = dirname(target);
    if (!this.#folders.has(folder)) {
      await withCopyFailure(folder, () => mkdir(folder, { recursive: true, mode: folderMode }));
      for (let made = folder; made !== this.folder; made = dirname(made)) this.#folders.add(made);
    }
    return target;
  }

  async #note(path: string, make: () => Promise<Omit<BackedUpFile, "path">>): Promise<BackedUpFile> {
    const file = { path, ...(await withCopyFailure(path, make)) };
    this.#files.push(file);
    return file;
  }
}
