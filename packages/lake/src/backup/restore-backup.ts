import { mkdir, rename, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { DurableFiles, makeFolderDurably } from "../durable-file.ts";
import { atOnce } from "./at-once.ts";
import { type BackedUpFile, type BackupManifest, corruptBackup, readManifest } from "./backup-manifest.ts";
import { copyFile, digestOf, type FileDigest } from "./copy-file.ts";
import { withCopyFailure } from "./copy-failure.ts";
import { requireEmptyFolder } from "./empty-folder.ts";

export interface RestoreOptions {
  /** Folder of the backup. */
  readonly folder: string;
  /** Storage folder to fill; made where it is absent. */
  readonly storageDir: string;
  /** Parts that are for the owner's eyes only. */
  readonly secretParts?: readonly string[];
}

const filesMax = 8;
/** Its appearance is what services and commands look for. */
const lastPart = "tables";
const underWay = ".restore";

/**
 * Fills an empty storage folder from a backup. Every file is checked before the first one is copied, and once more as
 * it is copied; the parts appear under their names when all are on the disk.
 * @throws AppError LAKE_BACKUP_REFUSED (the storage folder is not empty), LAKE_BACKUP_CORRUPT (names the file),
 *   LAKE_UNAVAILABLE (no room)
 */
export async function restoreBackup(options: RestoreOptions): Promise<BackupManifest> {
  const folder = resolve(options.folder);
  const storageDir = resolve(options.storageDir);
  const manifest = await readManifest(folder);
  const rule = "A restore fills an empty storage folder, and overwrites nothing.";
  await requireEmptyFolder(storageDir, rule);
  await atOnce(filesMax, manifest.files, async (file) => {
    const path = join(folder, file.path);
    requireEqual(path, file, await digestOf(path).catch((error: unknown) => unreadable(path, error)));
  });
  const staging = join(storageDir, underWay);
  await withCopyFailure(storageDir, async () => {
    await makeFolderDurably(storageDir);
    await mkdir(staging);
    await copyAll({ ...options, folder, staging, files: manifest.files });
    const parts = [...new Set(manifest.files.map(partOf))].sort((a, b) => +(a === lastPart) - +(b === lastPart));
    for (const part of parts) await rename(join(staging, part), join(storageDir, part));
    await rmdir(staging);
    await new DurableFiles().syncFolders([staging]);
  });
  return manifest;
}

async function copyAll({
  folder,
  staging,
  files,
  secretParts = [],
}: RestoreOptions & { readonly staging: string; readonly files: readonly BackedUpFile[] }): Promise<void> {
  const folders = new Set<string>();
  await atOnce(filesMax, files, async (file) => {
    const source = join(folder, file.path);
    const target = join(staging, file.path);
    const isSecret = secretParts.includes(partOf(file));
    await mkdir(dirname(target), { recursive: true, mode: isSecret ? 0o700 : 0o777 });
    for (let made = dirname(target); made !== staging; made = dirname(made)) folders.add(made);
    requireEqual(source, file, await copyFile(source, target, isSecret ? 0o600 : 0o666));
  });
  await new DurableFiles().syncFolders([...folders].flatMap((made) => [join(made, "x"), made]));
}

function partOf({ path }: BackedUpFile): string {
  return path.slice(0, path.indexOf("/"));
}

function requireEqual(path: string, expected: FileDigest, found: FileDigest): void {
  if (found.bytes !== expected.bytes) {
    throw corruptBackup(path, `has ${found.bytes} bytes where the manifest says ${expected.bytes}`);
  }
  if (found.sha256 !== expected.sha256) throw corruptBackup(path, "fails its checksum");
}

function unreadable(path: string, error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  throw corruptBackup(path, code === "ENOENT" ? "is missing" : `cannot be read (${code})`, error);
}
