import { readdir } from "node:fs/promises";
import { AppError } from "@footfall/base";

/** What an empty file system of its own has. */
const ofFileSystem = "lost+found";

/**
 * @param rule  why it must be empty, for the error
 * @throws AppError LAKE_BACKUP_REFUSED  the folder holds something, or is none
 */
export async function requireEmptyFolder(folder: string, rule: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return;
    throw refused(folder, `Folder ${folder} cannot be used (${code}). ${rule}`, cause);
  }
  const held = names.filter((name) => name !== ofFileSystem).sort();
  if (held.length === 0) return;
  const some = held.slice(0, 3).join(", ");
  const isWhole = held.includes("manifest.json") ? "a backup already" : `something (${some})`;
  throw refused(folder, `Folder ${folder} holds ${isWhole}. ${rule} Choose another, or delete what is in it.`);
}

export function refused(folder: string, message: string, cause?: unknown): AppError {
  return new AppError("LAKE_BACKUP_REFUSED", message, { context: { folder }, cause });
}
