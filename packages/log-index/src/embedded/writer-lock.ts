import { join } from "node:path";
import { AppError } from "@footfall/base";
import Database from "libsql";
import { fromSqliteError } from "./index-errors.ts";

/**
 * Keeps a second writer out, as long as this process lives: the system drops SQLite's lock with the process, so that
 * nothing is left behind by a kill and no clock decides.
 * @returns releases the lock
 * @throws `INDEX_LOCKED`
 */
export function lockForWriting(folder: string): () => void {
  const path = join(folder, "writer.lock");
  let database: Database.Database | undefined;
  try {
    database = new Database(path);
    database.exec("begin exclusive");
  } catch (cause) {
    database?.close();
    if (!String((cause as { code?: unknown }).code).startsWith("SQLITE_BUSY")) throw fromSqliteError(cause, path);
    throw new AppError(
      "INDEX_LOCKED",
      `Another process writes to the log index in ${folder}. Stop it first, or open the index for reading.`,
      { retriable: true, context: { folder }, cause },
    );
  }
  const held = database;
  return () => void held.close();
}
