import { errorCodeOf } from "@footfall/base";
import type { DataFile } from "@footfall/lake";

/** A row that no file can hold, and why. */
export interface BadRow<Row> {
  readonly row: Row;
  readonly error: unknown;
}

/**
 * Writes rows, and where that fails because of what they hold, halves them until the rows at fault are found: the rest
 * is written. k bad rows of n cost about 2 k log2(n) writes.
 * @param write  all or nothing
 * @throws what `write` throws for other reasons: a full disk, a lost lake
 */
export async function writeWithoutBadRows<Row>(
  rows: readonly Row[],
  write: (rows: readonly Row[]) => Promise<readonly DataFile[]>,
): Promise<{ readonly files: readonly DataFile[]; readonly bad: readonly BadRow<Row>[] }> {
  const files: DataFile[] = [];
  const bad: BadRow<Row>[] = [];
  const parts: (readonly Row[])[] = [rows];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (part.length === 0) continue;
    try {
      files.push(...(await write(part)));
    } catch (error) {
      if (!isFaultOfRows(error)) throw error;
      const half = part.length >> 1;
      if (part.length === 1) bad.push({ row: part[0]!, error });
      else parts.push(part.slice(half), part.slice(0, half));
    }
  }
  return { files, bad };
}

/** Whether rows could not be written because of what they hold: a value that its column cannot hold, say. */
export function isFaultOfRows(error: unknown): boolean {
  const code = errorCodeOf(error);
  return code === "LAKE_QUERY_FAILED" || code === "LAKE_SCHEMA_CONFLICT";
}
