import { existsSync } from "node:fs";
import { AppError } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { openLog as openLogOf } from "@footfall/log/open";
import { readConfig, sharedSettings, storageFolders } from "@footfall/runtime";

/**
 * The log that a command works with: the services' own, so that of a storage folder unless brokers are set.
 * @throws AppError LOG_CORRUPT, LOG_UNAVAILABLE
 */
export function openLog(storage: string): Promise<EventLog> {
  const { log: folder } = storageFolders(storage);
  return openLogOf({ settings: readLogSettings(), folder, clientId: "footfall-command" });
}

/** As `openLog`, but makes none on disk. @throws AppError INPUT_FILE_MISSING  there is none */
export async function openExistingLog(storage: string): Promise<EventLog> {
  const { log: folder } = storageFolders(storage);
  if (readLogSettings().kafkaBrokers === "" && !existsSync(folder)) {
    throw new AppError("INPUT_FILE_MISSING", `There is no log in ${folder}. Set --storage, or FOOTFALL_KAFKA_BROKERS.`);
  }
  return openLog(storage);
}

function readLogSettings() {
  return readConfig("console", sharedSettings, process.env);
}
