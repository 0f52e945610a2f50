import { readFile } from "node:fs/promises";
import { readFeed } from "../src/read-feed.ts";
import type { FeedRow } from "../src/feed-row.ts";

/** All rows of a feed, which comes in pieces of so many bytes. */
export async function rowsOf(
  bytes: Uint8Array | string,
  { pieceBytes = 1 << 16, ...options }: { pieceBytes?: number; currency?: string; encoding?: string } = {},
): Promise<readonly FeedRow[]> {
  const rows: FeedRow[] = [];
  for await (const batch of readFeed(pieces(Buffer.from(bytes), pieceBytes), { name: "a.feed", ...options })) {
    rows.push(...batch);
  }
  return rows;
}

export async function* pieces(bytes: Buffer, pieceBytes = 1 << 16): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

export function fixture(name: string): Promise<Buffer> {
  return readFile(new URL(`fixtures/${name}`, import.meta.url));
}

/** What each row came to: the product without what it does not tell, or line, id, field and reason. */
export function summaryOf(rows: readonly FeedRow[]): readonly unknown[] {
  return rows.map((row) => {
    if ("problem" in row) {
      return [row.line, row.itemId ?? null, row.problem.field ?? null, row.problem.reason];
    }
    const told = Object.entries(row.product).filter(([, value]) => value !== null);
    return { line: row.line, ...Object.fromEntries(told) };
  });
}
