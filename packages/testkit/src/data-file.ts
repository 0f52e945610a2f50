import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isRequired } from "./is-required.ts";

const besideUs = fileURLToPath(new URL("../../../../shared/data", import.meta.url));

/**
 * Path of a public data file, or undefined (said loudly) where it is not at hand; an error when data is required.
 * @param environment  `FOOTFALL_DATA` is the folder of the data sets
 */
export function findDataFile(path: string, environment: NodeJS.ProcessEnv): string | undefined {
  const file = `${environment["FOOTFALL_DATA"] ?? besideUs}/${path}`;
  if (existsSync(file)) return file;
  if (isRequired("data", environment)) throw new Error(`required data: ${file}`);
  console.warn(`SKIPPED: ${file} is not there; set FOOTFALL_DATA to the folder of public data sets`);
  return undefined;
}
