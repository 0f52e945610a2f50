import { existsSync } from "node:fs";
import { AppError } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { storageFolders } from "@footfall/runtime";

/**
 * The log that a command looks into: that of a storage folder.
 * @throws AppError INPUT_FILE_MISSING  there is none; LOG_CORRUPT, LOG_UNAVAILABLE
 */
export async function openLog(storage: string): Promise<EventLog> {
  const folder = storageFolders(storage).log;
  if (!existsSync(folder)) throw new AppError("INPUT_FILE_MISSING", `There is no log in ${folder}. Set --storage.`);
  return openEmbeddedLog({ folder });
}
