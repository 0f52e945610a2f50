import { type FileHandle, open } from "node:fs/promises";
import { AppError } from "@footfall/base";
import type { BadRow } from "@footfall/feeds";
import { formatJson } from "../format-table.ts";
import { terminalSafe } from "../topics/read-records.ts";

/** Where rows of a feed go that hold no product: the first ones to standard error, all of them to a file if asked. */
export async function openBadRows(
  feed: string,
  { file, shown }: { readonly file: string | undefined; readonly shown: number },
) {
  const rejects = file === undefined ? undefined : await openFile(file);
  let count = 0;
  return {
    async add({ line, itemId, problem }: BadRow): Promise<void> {
      count += 1;
      await rejects?.write(`${formatJson({ line, itemId, ...problem })}\n`);
      if (count > shown) return;
      const item = itemId === undefined ? "" : ` item ${JSON.stringify(itemId)}:`;
      const what = problem.field === undefined ? "the row" : problem.field;
      console.error(terminalSafe(`${feed}:${line}:${item} ${what} ${problem.reason}`));
    },
    async close(): Promise<void> {
      await rejects?.close();
      if (count <= shown) return;
      console.error(
        `… and ${count - shown} more bad rows${file === undefined ? "; --rejects writes all of them" : ""}`,
      );
    },
  };
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "w");
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new AppError("INPUT_FILE_MISSING", `The file ${path} cannot be written (${reason}). Check --rejects.`, {
      cause,
    });
  }
}
