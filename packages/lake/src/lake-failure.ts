import { access } from "node:fs/promises";
import { AppError } from "@footfall/base";
import { plainPath } from "./quote-path.ts";

const fullOrBroken = new Set(["ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE", "ENFILE", "EACCES", "EPERM"]);
const writeFailure = /No space left|Could not write|Disk quota|Input\/output error|Read-only file|failed to offload/i;
/** DuckDB's errors are plain `Error`s; all begin like `IO Error: …`. */
const duckDbMessage = /^[A-Za-z ]+ Error: /;
const fileInMessage = /(?:file|pattern) (["'])([^\n]+?\.parquet)\1/i;
const corruptFile =
  /magic bytes|too small to be a Parquet|Failed to read file|Invalid Parquet|thrift|Corrupt|decompress|out of buffer|footer/i;

/** Turns a fault of the file system into the lake's error; leaves `AppError`s and programming errors as they are. */
export function translateStorageError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof AppError || code === undefined || !fullOrBroken.has(code)) return error;
  return new AppError("LAKE_UNAVAILABLE", `The lake cannot be written (${code}). Free disk space or mend the disk.`, {
    retriable: true,
    context: { path, systemCode: code },
    cause: error,
  });
}

/**
 * Turns an error of DuckDB into the lake's; leaves all others as they are.
 * @param sql  what was asked for, kept (shortened) in the context
 */
export async function translateDuckDbError(error: unknown, sql: string): Promise<unknown> {
  if (!(error instanceof Error) || !duckDbMessage.test(error.message)) return error;
  const message = firstLine(error.message);
  if (writeFailure.test(error.message)) {
    return new AppError(
      "LAKE_UNAVAILABLE",
      `The lake cannot be written: ${message}. Free disk space, then try again.`,
      {
        retriable: true,
        cause: error,
      },
    );
  }
  if (/^Out of Memory/i.test(error.message)) {
    return new AppError("LAKE_UNAVAILABLE", `DuckDB reached its memory limit: ${message}`, {
      retriable: true,
      cause: error,
    });
  }
  const named = fileInMessage.exec(error.message)?.[2];
  const path = named !== undefined && /No files found/i.test(error.message) ? plainPath(named) : named;
  if (path !== undefined) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (!isThere) return missingFile(path, error);
    if (corruptFile.test(error.message)) return corruptDataFile(path, message, error);
  }
  return new AppError("LAKE_QUERY_FAILED", message, { context: { sql: sql.slice(0, 300) }, cause: error });
}

export function missingFile(path: string, cause: unknown): AppError {
  return new AppError(
    "LAKE_FILE_MISSING",
    `Data file ${path} is named by a commit but does not exist. Restore it from a backup, or read a version without it.`,
    { context: { path }, cause },
  );
}

export function corruptDataFile(path: string, detail: string, cause?: unknown): AppError {
  return new AppError(
    "LAKE_FILE_CORRUPT",
    `Data file ${path} cannot be read (${detail}). Restore it from a backup, or rewrite its partition from the events.`,
    { context: { path }, cause },
  );
}

/**
 * @param what  what is used and not implemented here
 * @param where  the table's name, or the path of its entry
 */
export function tooNew(what: string, where: string): AppError {
  return new AppError(
    "LAKE_TOO_NEW",
    `Table ${where} uses ${what}, which this program does not implement: a newer or another program made it. Nothing ` +
      "is damaged, and nothing was changed; use a newer release of this program, or that one.",
    { context: { table: where, what } },
  );
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? message;
}
