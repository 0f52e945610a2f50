import { open, stat } from "node:fs/promises";
import { type ByteSource, gzipSource, plainSource } from "./byte-source.ts";
import { type FileIdentity, hasBirthTime, identityOf, keyOf } from "./file-identity.ts";
import { listFiles } from "./list-files.ts";

/** What an operator should know about a file. */
export type TailNotice =
  /** Lines longer than `lineBytesMax`. */
  | "lineCut"
  /** Its content was truncated and no copy of it is there: what had not been read is lost. */
  | "truncated"
  /** The file system keeps no birth times; files are told apart by their content alone. */
  | "noBirthTime"
  /** More files than `filesMax`: not read until others are gone. */
  | "tooManyFiles"
  /** It cannot be read; tried again. */
  | "unreadable";

export interface ListedFile {
  readonly key: string;
  readonly path: string;
  readonly identity: FileIdentity;
  readonly size: number;
  /** Changes whenever the content may have changed. */
  readonly version: string;
}

/** Lists and opens the files that match patterns. A file that cannot be read is told of once and left out. */
export class FolderView {
  readonly #patterns: readonly string[];
  readonly #onNotice: (notice: TailNotice, path: string) => void;
  readonly #brokenGzips = new Map<string, string>();
  readonly #noticed = new Set<string>();

  constructor(patterns: readonly string[], onNotice: (notice: TailNotice, path: string) => void) {
    this.#patterns = patterns;
    this.#onNotice = onNotice;
  }

  /** By `keyOf`; a second name of the same file adds nothing. */
  async list(): Promise<Map<string, ListedFile>> {
    const listed = new Map<string, ListedFile>();
    for (const path of await listFiles(this.#patterns)) {
      const stats = await this.#try(path, () => stat(path, { bigint: true }));
      if (!stats?.isFile()) continue;
      const identity = identityOf(stats);
      const key = keyOf(identity);
      if (!hasBirthTime(identity)) this.noticeOnce("noBirthTime", path);
      if (listed.has(key)) continue;
      listed.set(key, { key, path, identity, size: Number(stats.size), version: `${stats.size}:${stats.mtimeNs}` });
    }
    for (const key of this.#brokenGzips.keys()) if (!listed.has(key)) this.#brokenGzips.delete(key);
    return listed;
  }

  /** @returns undefined where it cannot be read now, is another file by now, or is a gzip file that is not whole */
  async open({ key, path, version }: ListedFile): Promise<ByteSource | undefined> {
    if (this.#brokenGzips.get(key) === version) return undefined;
    return await this.#try(path, async () => {
      if (isGzip(path)) {
        const source = await gzipSource(path);
        // Still being written, most likely; when it changes it is tried again.
        if (source === undefined) this.#brokenGzips.set(key, version);
        return source;
      }
      const handle = await open(path, "r");
      if (keyOf(identityOf(await handle.stat({ bigint: true }))) === key) return plainSource(handle);
      await handle.close();
      return undefined;
    });
  }

  noticeOnce(notice: TailNotice, path: string): void {
    const key = `${notice} ${path}`;
    if (this.#noticed.has(key)) return;
    this.#noticed.add(key);
    this.#onNotice(notice, path);
  }

  async #try<T>(path: string, use: () => Promise<T>): Promise<T | undefined> {
    try {
      return await use();
    } catch (error) {
      // Gone since it was listed.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") this.noticeOnce("unreadable", path);
      return undefined;
    }
  }
}

export function isGzip(path: string): boolean {
  return path.endsWith(".gz");
}
