import { randomBytes } from "node:crypto";
import { access, link, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { TenantId } from "@footfall/base";
import type { Logger } from "./logger.ts";
import { storageFolders } from "./storage-folders.ts";
import { readWriteKeys, type WriteKey, type WriteKeys } from "./write-keys.ts";

export interface WriteKeysOptions {
  /** The operator's own file of keys; empty for the one in the storage folder. */
  readonly file: string;
  readonly storageDir: string;
  readonly logger: Logger;
}

/**
 * The keys that an app runs with: the operator's own, else those in the storage folder, which are made at the first
 * start. Apps that share the folder share the keys, however many start at once.
 * @throws AppError CONFIG_INVALID
 */
export async function openWriteKeys({ file, storageDir, logger }: WriteKeysOptions): Promise<WriteKeys> {
  if (file !== "") return readWriteKeys(file);
  const made = [
    newKey("page", ["http://localhost:*", "http://127.0.0.1:*"]),
    { ...newKey("historic", []), isHistoric: true },
  ];
  const stored = storedKeysFile(storageDir);
  if (!(await exists(stored)) && (await saveWriteKeys(storageDir, made))) {
    const advice = "made write keys; add the addresses of your shop to the page key's origins";
    logger.info({ file: stored, keys: made }, advice);
  } else logger.info({ file: stored }, "write keys");
  return readWriteKeys(stored);
}

/** The keys in the storage folder; undefined where none were made. @throws AppError CONFIG_INVALID */
export async function readStoredWriteKeys(storageDir: string): Promise<WriteKeys | undefined> {
  const file = storedKeysFile(storageDir);
  return (await exists(file)) ? readWriteKeys(file) : undefined;
}

/**
 * Writes the keys of a storage folder, whole or not at all, for the owner's eyes only.
 * @returns false, and changes nothing, where keys are there already
 */
export async function saveWriteKeys(storageDir: string, keys: Iterable<WriteKey>): Promise<boolean> {
  const file = storedKeysFile(storageDir);
  await mkdir(storageFolders(storageDir).keys, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomBytes(6).toString("hex")}`;
  const handle = await open(temporary, "wx", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify([...keys], undefined, 2)}\n`);
    await handle.sync();
    await link(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await handle.close();
    await rm(temporary);
  }
}

/** The first key that pages may use: the shop's own. */
export function pageKeyOf(keys: WriteKeys): WriteKey {
  const all = [...keys.values()];
  const key = all.find((candidate) => !candidate.isHistoric) ?? all[0];
  if (!key) throw new RangeError("write keys are never empty; see readWriteKeys");
  return key;
}

/** The file that holds the keys of `openWriteKeys`. */
export function keysFileOf({ file, storageDir }: Pick<WriteKeysOptions, "file" | "storageDir">): string {
  return file === "" ? storedKeysFile(storageDir) : file;
}

function storedKeysFile(storageDir: string): string {
  return join(storageFolders(storageDir).keys, "write-keys.json");
}

/** Of the shop that commands take where none is named. */
function newKey(use: string, origins: readonly string[]): WriteKey {
  const key = `${use}-${randomBytes(15).toString("base64url")}`;
  return { key, tenant: "demo" as TenantId, origins, isHistoric: false };
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
