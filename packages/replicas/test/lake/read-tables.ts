import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

type JsonRow = Readonly<Record<string, string | null>>;

/**
 * All rows of a table as an ordinary reader has them: the files that its Delta log names, replayed by hand, in a DuckDB
 * that knows nothing of the lake.
 */
export async function readTable(root: string, table: string): Promise<readonly JsonRow[]> {
  const log = join(root, table, "_delta_log");
  const names = await readdir(log).catch(() => []);
  const files = new Set<string>();
  for (const name of names.filter((each) => each.endsWith(".json")).sort()) {
    for (const line of (await readFile(join(log, name), "utf8")).trimEnd().split("\n")) {
      const { add, remove } = JSON.parse(line) as { add?: { path: string }; remove?: { path: string } };
      if (add) files.add(decodeURIComponent(add.path));
      if (remove) files.delete(decodeURIComponent(remove.path));
    }
  }
  if (files.size === 0) return [];
  const paths = [...files].map((path) => `'${join(root, table, path)}'`);
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const result = await connection.runAndReadAll(`SELECT * FROM read_parquet([${paths.join(", ")}])`);
    return result.getRowObjectsJson() as unknown as readonly JsonRow[];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
