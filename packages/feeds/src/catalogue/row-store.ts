import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { open, type RootDatabase } from "lmdb";

/** Address space only; the file grows as it is filled. */
const mapBytesMax = 2 ** 38;
/** What a command that was killed has left behind. */
const abandonedAfterMs = 24 * 3_600_000;

/** Texts by item id, on disk: a catalogue does not fit into memory. */
export interface RowMap {
  get(itemId: string): string | undefined;
  /** Only inside `write`. */
  put(itemId: string, text: string): void;
  entries(): Iterable<readonly [string, string]>;
}

/** Room for one comparison of a feed with a catalogue; gone when it is closed. */
export interface RowStore {
  /** What the catalogue holds. */
  readonly current: RowMap;
  /** What the feed says. */
  readonly staged: RowMap;
  /** All that `work` puts at once: much faster than one by one. */
  write(work: () => void): void;
  close(): Promise<void>;
}

/** @param parent  folder for such stores; those that dead processes left are deleted */
export async function openRowStore(parent: string): Promise<RowStore> {
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent);
  const folder = await mkdtemp(join(parent, "rows-"));
  const root = open({ path: folder, noSync: true, mapSize: mapBytesMax, maxDbs: 2 });
  return {
    current: rowMap(root, "current"),
    staged: rowMap(root, "staged"),
    write: (work) => root.transactionSync(work),
    async close() {
      await root.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function rowMap(root: RootDatabase, name: string): RowMap {
  const rows = root.openDB<string, Buffer>({ name, encoding: "string", keyEncoding: "binary" });
  return {
    get: (itemId) => rows.get(Buffer.from(itemId)),
    put: (itemId, text) => rows.putSync(Buffer.from(itemId), text),
    *entries() {
      for (const { key, value } of rows.getRange({})) yield [key.toString(), value];
    },
  };
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of (await readdir(parent)).filter((entry) => entry.startsWith("rows-"))) {
    const path = join(parent, name);
    const usedMs = (await stat(join(path, "data.mdb")).catch(() => undefined))?.mtimeMs ?? Infinity;
    if (Date.now() - usedMs > abandonedAfterMs) await rm(path, { recursive: true, force: true });
  }
}
