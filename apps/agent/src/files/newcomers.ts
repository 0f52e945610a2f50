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
   * Goes on with truncated files in their copies. Before anything becomes a generation of its own: what a truncated
   * file has by now may be in a second copy already, and the file itself comes first.
   * @returns whether anything is to be saved
   */
  async placeCopies(files: readonly TailedFile[]): Promise<boolean> {
    let isChanged = false;
    for (const isLastChoice of [false, true]) {
      for (const newcomer of this.#inOrder()) {
        const place = await this.#findPlace(newcomer, files);
        if (place.is !== "copy" && !(place.is === "shortCopy" && isLastChoice)) continue;
        if (place.file.isTruncated) this.replaced.add(keyOf(place.file.state.identity));
        this.#settle(newcomer);
        await place.file.moveTo(newcomer);
        isChanged = true;
      }
    }
    return isChanged;
  }

  /**
   * Decides what else can be decided, and adds new generations to `files`.
   * @returns whether anything is to be saved
   */
  async placeOthers(files: TailedFile[], nowMs: number): Promise<boolean> {
    let isChanged = false;
    for (const newcomer of this.#inOrder()) {
      isChanged = (await this.#placeOther(newcomer, files, nowMs)) || isChanged;
    }
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

  /**
   * Plain files first, since a compressed one may be that of a newcomer; those with new content before their copies;
   * the older first, since a copy is younger.
   */
  #inOrder(): readonly WaitingFile[] {
    const rank = (file: WaitingFile) => (file.isGzip ? 2 : this.replaced.has(file.key) ? 0 : 1);
    const bornAt = ({ identity }: WaitingFile) => Number(BigInt(identity.bornAtNs) / 1000n);
    return [...this.#waiting.values()].sort((a, b) => rank(a) - rank(b) || bornAt(a) - bornAt(b));
  }

  async #findPlace(newcomer: WaitingFile, files: readonly TailedFile[]): Promise<Place> {
    newcomer.place = this.replaced.has(newcomer.key) ? { is: "own" } : await placeNewcomer(newcomer, files);
    return newcomer.place;
  }

  async #placeOther(newcomer: WaitingFile, files: TailedFile[], nowMs: number): Promise<boolean> {
    const place = await this.#findPlace(newcomer, files);
    if (place.is === "repeat" && nowMs - newcomer.changedAtMs < this.#options.copyWaitMs) {
      const { generation } = place.file.state;
      newcomer.copyOf = generation;
      const isNew = this.copies.get(newcomer.key) !== generation;
      this.copies.set(newcomer.key, generation);
      return isNew;
    }
    if (place.is !== "own" && place.is !== "repeat") return false;
    const rewritten = files.find(({ isTruncated }) => isTruncated);
    if (rewritten !== undefined && !this.replaced.has(newcomer.key)) {
      newcomer.place = { is: "undecided", file: rewritten };
      return false;
    }
    this.#settle(newcomer);
    const { path, identity, head, source } = newcomer;
    const generation = randomId(this.#options.random);
    const start = { isRotated: false, isGone: false, isComplete: false };
    const fingerprint = fingerprintOf(0, head, Buffer.alloc(0));
    files.push(
      new TailedFile({ generation, path, identity, isGzip: newcomer.isGzip, ...start, fingerprint }, source, head),
    );
    return true;
  }

  #settle({ key }: WaitingFile): void {
    for (const keys of [this.#waiting, this.copies, this.replaced]) keys.delete(key);
  }
}

/** 128 bits, hex. */
function randomId(random: Random): string {
  const words = Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32));
  return words.map((word) => word.toString(16).padStart(8, "0")).join("");
}
