import { readFile } from "node:fs/promises";
import { AppError } from "@footfall/base";
import type { Problem } from "@footfall/base/schema-problems";
import { parse } from "yaml";

/** @throws AppError INPUT_FILE_MISSING, INPUT_FORMAT_INVALID */
export async function readYamlFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new AppError("INPUT_FILE_MISSING", `${path} cannot be read.`, { cause });
  }
  try {
    return parse(text);
  } catch (cause) {
    throw new AppError("INPUT_FORMAT_INVALID", `${path} is not YAML: ${(cause as Error).message}`, { cause });
  }
}

/** All that is wrong with a file, as one error. */
export function fileInvalid(path: string, problems: readonly Problem[]): AppError {
  const lines = problems.map(({ place, message }) => `${place} ${message}`.trim());
  return new AppError("INPUT_FORMAT_INVALID", `${path}:\n  ${lines.join("\n  ")}`);
}
