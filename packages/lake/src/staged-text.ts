import { randomUUID } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@footfall/base";
import type { Lake } from "./lake.ts";

/** Puts text into a file for the time of `use`. @throws AppError LAKE_UNAVAILABLE (retriable) where the disk is full */
export async function withStagedText<T>(
  { stagingFolder }: Pick<Lake, "stagingFolder">,
  parts: readonly (string | Uint8Array)[],
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(stagingFolder, `${randomUUID()}.ndjson`);
  try {
    try {
      await mkdir(stagingFolder, { recursive: true });
      await writeFile(path, parts);
    } catch (cause) {
      const message = `Rows cannot be staged in ${stagingFolder}: ${String(cause)}. Free space or check its rights.`;
      throw new AppError("LAKE_UNAVAILABLE", message, { retriable: true, cause });
    }
    return await use(path);
  } finally {
    await rm(path, { force: true }).catch(() => {});
  }
}
