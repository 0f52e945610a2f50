import { Buffer } from "node:buffer";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "@footfall/base";
import { corruptAdvice } from "./store-errors.ts";

/*
 * The database maps its file into memory: reading past the end of a truncated file would end the process by SIGBUS, and
 * no error could tell. So the two meta pages are looked at before the file is opened. Their layout is LMDB's:
 * page header of 24 bytes, then magic (24), version (28), map size (40), page size (48), last page (144), transaction
 * (152).
 */
const magic = 0xbeefc0de;
const metaBytes = 160;

/** An existing file that ends before the last page it ever used. */
export interface ShortDataFile {
  readonly path: string;
  readonly size: number;
  /** With this size nothing can be read past its end. */
  readonly neededSize: number;
}

/**
 * Looks at the file of an existing log.
 * @returns what is short of it, if it is. That is no proof of damage: the database never writes pages at the very end
 *   that it took and freed in one transaction.
 * @throws AppError LOG_CORRUPT if it is no log
 */
export function checkDataFile(folder: string): ShortDataFile | undefined {
  const path = join(folder, "data.mdb");
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    if (size === 0) return undefined;
    const first = readMeta(fd, 0);
    const pageBytes = first?.readUInt32LE(48) ?? 0;
    const isPageSize = pageBytes >= 512 && pageBytes <= 65536 && (pageBytes & (pageBytes - 1)) === 0;
    const second = isPageSize ? readMeta(fd, pageBytes) : undefined;
    if (first === undefined || second === undefined) {
      throw corrupt(path, size, "its first two pages are not those of a log");
    }
    const latest = first.readBigUInt64LE(152) >= second.readBigUInt64LE(152) ? first : second;
    const neededSize = (Number(latest.readBigUInt64LE(144)) + 1) * pageBytes;
    return size < neededSize ? { path, size, neededSize } : undefined;
  } finally {
    closeSync(fd);
  }
}

function readMeta(fd: number, position: number): Buffer | undefined {
  const meta = Buffer.alloc(metaBytes);
  const isWhole = readSync(fd, meta, 0, metaBytes, position) === metaBytes;
  return isWhole && meta.readUInt32LE(24) === magic ? meta : undefined;
}

/** The error for a file that is damaged. */
export function corrupt(path: string, size: number, reason: string, cause?: unknown): AppError {
  return new AppError("LOG_CORRUPT", `${path} (${size} bytes) is damaged or truncated: ${reason}. ${corruptAdvice}`, {
    context: { path, size },
    cause,
  });
}
