import type { Random } from "@footfall/base";
import { fingerprintOf, keyOf, readHead } from "./file-identity.ts";
import { type FolderView, isGzip, type ListedFile } from "./folder-view.ts";
import { type Newcomer, type Place, placeNewcomer } from "./place-newcomer.ts";
import { TailedFile } from "./tailed-file.ts";

export interface NewcomersOptions {
  readonly random: Random;
  readonly copyWaitMs: number;
}

interface WaitingFile extends Newcomer {
  readonly key: string;
  path: string;
  copyOf: string | undefined;
  version: string;
  changedAtMs: number;
  place: Place | undefined;
}

/** Files of no generation yet: each becomes one of its own, or the copy in which a known one goes on. */
export class Newcomers {
  readonly #view: FolderView;
  readonly #options: NewcomersOptions;
  readonly #waiting = new Map<string, WaitingFile>();
  /** Generations that files repeat, by `keyOf`: for the checkpoint. */
  readonly copies: Map<string, string>;
  /** Files whose former content went elsewhere: what they have now is new. */
  readonly replaced = new Set<string>();

  constructor(view: FolderView, copies: Readonly<Record<string, string>>, options: NewcomersOptions) {
    this.#view = view;
    this.#options = options;
    this.copies = new Map(Object.entries(copies));
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** @param room  how many may be opened */
  async open(entries: Iterable<ListedFile>, room: number, nowMs: number): Promise<void> {
    for (const entry of entries) {
      const { key, path, identity, version } = entry;
      const waiting = this.#waiting.get(key);
      if (waiting !== undefined) {
        if (waiting.version !== version) waiting.changedAtMs = nowMs;
        Object.assign(waiting, { path, version });
        continue;
      }
      // Nothing to lose in an empty file, so it needs no generation.
      if (entry.size === 0) continue;
      if (this.#waiting.size >= room) {
        this.#view.noticeOnce("tooManyFiles", path);
        continue;
      }
      const source = await this.#view.open(entry);
      if (source === undefined) continue;
      const content = { isGzip: isGzip(path), source, head: await readHead(source) };
      const copyOf = this.copies.get(key);
      this.#waiting.set(key, {
        key,
        path,
        identity,
        ...content,
        copyOf,
        version,
        changedAtMs: nowMs,
        place: undefined,
      });
    }
  }

  /**
   * Decides what can be decided, and adds new generations to `files`. Plain files first, since a compressed one may be
   * that of a newcomer; the older first, since a copy is younger.
   * @returns whether anything is to be saved
   */
  async place(files: TailedFile[], nowMs: number): Promise<boolean> {
    const bornAt = ({ identity }: WaitingFile) => Number(BigInt(identity.bornAtNs) / 1000n);
    const inOrder = [...this.#waiting.values()].sort(
      (a, b) => Number(a.isGzip) - Number(b.isGzip) || bornAt(a) - bornAt(b),
    );
    let isChanged = false;
    for (const file of inOrder) isChanged = (await this.#placeOne(file, files, nowMs, false)) || isChanged;
    const short = inOrder.filter(({ place }) => place?.is === "shortCopy");
    for (const file of short) isChanged = (await this.#placeOne(file, files, nowMs, true)) || isChanged;
    return isChanged;
  }

  /** Drops what is no longer there, but for what may hold lines that were not read. */
  async forget(listed: ReadonlyMap<string, ListedFile>): Promise<void> {
    for (const { key, source, place } of this.#waiting.values()) {
      if (listed.has(key) || place?.is === "undecided") continue;
      this.#waiting.delete(key);
      await source.close();
    }
    for (const keys of [this.copies, this.replaced]) {
      for (const key of keys.keys()) if (!listed.has(key)) keys.delete(key);
    }
  }

  async close(): Promise<void> {
    for (const { source } of this.#waiting.values()) await source.close();
    this.#waiting.clear();
  }

  async #placeOne(newcomer: WaitingFile, files: TailedFile[], nowMs: number, isLastChoice: boolean) {
    const { key, path, identity, source } = newcomer;
    const place: Place = this.replaced.has(key) ? { is: "own" } : await placeNewcomer(newcomer, files);
    newcomer.place = place;
    if (place.is === "undecided" || (place.is === "shortCopy" && !isLastChoice)) return false;
    if (place.is === "repeat" && nowMs - newcomer.changedAtMs < this.#options.copyWaitMs) {
      const { generation } = place.file.state;
      newcomer.copyOf = generation;
      const isNew = this.copies.get(key) !== generation;
      this.copies.set(key, generation);
      return isNew;
    }
    for (const keys of [this.#waiting, this.copies, this.replaced]) keys.delete(key);
    if (place.is === "copy" || place.is === "shortCopy") {
      if (place.file.isTruncated) this.replaced.add(keyOf(place.file.state.identity));
      await place.file.moveTo(newcomer);
      return true;
    }
    const generation = randomId(this.#options.random);
    const start = { isRotated: false, isGone: false, isComplete: false };
    const fingerprint = fingerprintOf(0, newcomer.head, Buffer.alloc(0));
    const state = { generation, path, identity, isGzip: newcomer.isGzip, ...start, fingerprint };
    files.push(new TailedFile(state, source, newcomer.head));
    return true;
  }
}

/** 128 bits, hex. */
function randomId(random: Random): string {
  const words = Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32));
  return words.map((word) => word.toString(16).padStart(8, "0")).join("");
}
