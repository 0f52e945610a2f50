import { readFile } from "node:fs/promises";
import { AppError } from "@footfall/base";
import { parse } from "yaml";
import type { FileProblem } from "./schema-problems.ts";

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

export function fileInvalid(path: string, problems: readonly FileProblem[]): AppError {
  const lines = problems.map(({ place, message }) => `${place} ${message}`.trim());
  return new AppError("INPUT_FORMAT_INVALID", `${path}:\n  ${lines.join("\n  ")}`);
}
