import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@footfall/base";

/** What a whole backup holds. Written last: a folder without it is no backup. */
export interface BackupManifest {
  readonly form: 1;
  /** When the versions were pinned, ms since the epoch. */
  readonly pinnedAtMs: number;
  readonly tables: readonly BackedUpTable[];
  readonly files: readonly BackedUpFile[];
}

export interface BackedUpTable {
  readonly table: string;
  /** The version that the backup holds; earlier ones are there by their commit entries alone. */
  readonly version: number;
  readonly committedAtMs: number;
  readonly rows: number;
  /** Data files. */
  readonly files: number;
  readonly bytes: number;
  /** Commit entries, which tell the table's history. */
  readonly entries: number;
}

export interface BackedUpFile {
  /** Relative to the folder of the backup, and to the storage folder that it is restored into; with `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

const manifestName = "manifest.json";
const filePath = /^(?:[^/\\\0]+\/)+[^/\\\0]+$/;
const hash = /^[0-9a-f]{64}$/;

export function manifestPath(folder: string): string {
  return join(folder, manifestName);
}

/** JSON with a checksum of its own, so that a changed name or size is told, too. */
export function formatManifest(manifest: BackupManifest): string {
  return `${JSON.stringify({ ...manifest, sha256: checksum(manifest) }, undefined, 1)}\n`;
}

/** @throws AppError INPUT_FILE_MISSING (no such folder), LAKE_BACKUP_CORRUPT */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const path = manifestPath(folder);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw corruptBackup(path, "cannot be read", cause);
    throw corruptBackup(
      path,
      "is not there: no backup is in this folder, or it was broken off or is still under way",
      cause,
    );
  }
  let manifest: BackupManifest & { readonly sha256: string };
  try {
    manifest = JSON.parse(text) as typeof manifest;
  } catch (cause) {
    throw corruptBackup(path, "is not JSON", cause);
  }
  if (typeof manifest !== "object" || manifest === null) throw corruptBackup(path, "is not a manifest");
  const { sha256, ...rest } = manifest;
  if (rest.form !== 1) throw corruptBackup(path, `has form ${JSON.stringify(rest.form)}; this release reads form 1`);
  if (sha256 !== checksum(rest)) throw corruptBackup(path, "fails its own checksum");
  const strange = rest.files.find((file) => !isSafe(file));
  if (strange !== undefined) throw corruptBackup(path, `names ${JSON.stringify(strange)}, which no backup does`);
  return rest;
}

export function corruptBackup(path: string, problem: string, cause?: unknown): AppError {
  return new AppError("LAKE_BACKUP_CORRUPT", `${path} ${problem}. Nothing was restored; use another backup.`, {
    context: { path },
    cause,
  });
}

/** Nothing is ever written outside of the folder that is restored into. */
function isSafe({ path, bytes, sha256 }: BackedUpFile): boolean {
  const isInside = filePath.test(path) && !path.split("/").some((name) => name === ".." || name === ".");
  return isInside && Number.isSafeInteger(bytes) && hash.test(sha256);
}

function checksum(manifest: BackupManifest): string {
  return createHash("sha256").update(JSON.stringify(manifest)).digest("hex");
}
