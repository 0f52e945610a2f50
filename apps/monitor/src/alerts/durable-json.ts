import { readFile } from "node:fs/promises";
import { replaceFile } from "@footfall/runtime";

/** The value of a file; undefined where there is none. @throws SyntaxError where it is not JSON */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Replaces a file at once: a reader, and a restart after a power cut, find the old value or the new one. */
export function writeJson(path: string, value: unknown): Promise<void> {
  return replaceFile(path, JSON.stringify(value));
}
