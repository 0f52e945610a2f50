import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type ItemSessions, ItemSessionsBuilder } from "../src/item-sessions.ts";

/** Sessions of files with the columns SessionId, ItemId, Time (epoch seconds); items get indices over all the files. */
export function readClickFiles(files: readonly string[]): ItemSessions[] {
  const rowsOfFiles = files.map((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .slice(1)
      .filter((line) => line !== "")
      .map((line) => line.split("\t") as [string, string, string]),
  );
  const clicks = new Map<string, number>();
  for (const [, item] of rowsOfFiles.flat()) clicks.set(item, (clicks.get(item) ?? 0) + 1);
  const ranked = [...clicks].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const indexOf = new Map(ranked.map(([item], index) => [item, index]));
  return rowsOfFiles.map((rows) => {
    const builder = new ItemSessionsBuilder(indexOf.size, rows.length);
    const endOf = new Map<string, number>();
    for (const [session, , time] of rows) {
      endOf.set(session, Math.max(endOf.get(session) ?? 0, Math.round(Number(time) * 1000)));
    }
    const hashes = rows.map(([session]) => createHash("md5").update(session).digest());
    builder.add(
      {
        sessionKeys: Int32Array.from(hashes.flatMap((hash) => [hash.readInt32LE(0), hash.readInt32LE(4)])),
        sessionEndsMs: Float64Array.from(rows, ([session]) => endOf.get(session)!),
        positions: Int32Array.from(rows, (_, row) => row),
        items: Int32Array.from(rows, ([, item]) => indexOf.get(item)!),
        weights: new Int32Array(rows.length).fill(1),
      },
      rows.length,
    );
    return builder.finish();
  });
}
