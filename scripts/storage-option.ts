import { Option } from "commander";

/** `--storage`, the same in every command: the services' own setting decides where it is not given. */
export function storageOption(): Option {
  return new Option("--storage <folder>", "folder that holds lake, log and models")
    .env("FOOTFALL_STORAGE_DIR")
    .default("./datalake");
}
