import type { Checkpoint } from "./checkpoint.ts";
import { keyOf, readHead } from "./file-identity.ts";
import { FolderView, type ListedFile, type TailNotice } from "./folder-view.ts";
import { Newcomers, type NewcomersOptions } from "./newcomers.ts";
import { TailedFile } from "./tailed-file.ts";

export interface TailedFilesOptions extends NewcomersOptions {
  readonly patterns: readonly string[];
  readonly filesMax: number;
  readonly rotateWaitMs: number;
  readonly goneMax: number;
  readonly onNotice: (notice: TailNotice, path: string) => void;
}

/** The files that match the patterns, each with its generation. `update` finds out what became of them. */
export class TailedFiles {
  readonly #options: TailedFilesOptions;
  readonly #view: FolderView;
  readonly #files: TailedFile[];
  readonly #newcomers: Newcomers;
  #isFirst = true;
  /** The checkpoint lacks something. */
  isChanged = false;

  constructor({ generations, copies }: Checkpoint, options: TailedFilesOptions) {
    this.#options = options;
    this.#view = new FolderView(options.patterns, options.onNotice);
    this.#files = generations.map((state) => new TailedFile({ ...state }));
    this.#newcomers = new Newcomers(this.#view, copies, options);
  }

  get all(): readonly TailedFile[] {
    return this.#files;
  }

  checkpoint(): Checkpoint {
    return {
      generations: this.#files.map(({ state }) => state),
      copies: Object.fromEntries(this.#newcomers.copies),
    };
  }

  /** One look at all files; afterwards `isBehind` tells which are to be read. */
  async update(nowMs: number): Promise<void> {
    for (const file of this.#files) await this.#check(file, nowMs);
    // Before the listing: a copy of what was truncated by now is in it, and has what was taken by now.
    const truncated = this.#files.filter(({ isTruncated }) => isTruncated);
    const before = new Map(this.#files.map((file) => [file, file.state.fingerprint]));
    const listed = await this.#view.list();
    await this.#open(await this.#findKnown(listed), nowMs);
    if (await this.#newcomers.placeCopies(this.#files)) this.isChanged = true;
    for (const file of truncated) if (file.isTruncated && !file.isReading) this.#endTruncated(file);
    const owned = new Set(this.#files.filter(({ state }) => !state.isGone).map(({ state }) => keyOf(state.identity)));
    const { replaced } = this.#newcomers;
    await this.#open(
      [...listed.values()].filter(({ key }) => replaced.has(key) && !owned.has(key)),
      nowMs,
    );
    if (await this.#newcomers.placeOthers(this.#files, nowMs)) this.isChanged = true;
    for (const file of this.#files) await this.#endQuiet(file, nowMs);
    await this.#newcomers.forget(listed);
    for (const file of this.#files) {
      if (file.state.isGone) await file.close();
      // One that has just moved to a copy begins anew.
      if (file.version !== "") file.listed = before.get(file) ?? file.listed;
      file.isMissing = false;
    }
    this.#forgetGone();
    this.#isFirst = false;
  }

  async close(): Promise<void> {
    await this.#newcomers.close();
    for (const file of this.#files) await file.close();
  }

  async #check(file: TailedFile, nowMs: number): Promise<void> {
    if (file.source === undefined || file.isReading) return;
    const version = await file.source.version();
    if (version === file.version) return;
    file.version = version;
    file.changedAtMs = nowMs;
    file.isBehind = true;
    await file.checkIntact();
  }

  /** Gives known files their present names; returns the others. */
  async #findKnown(listed: ReadonlyMap<string, ListedFile>): Promise<Iterable<ListedFile>> {
    const unknown = new Map(listed);
    const paths = new Set([...listed.values()].map(({ path }) => path));
    const byStableKey = new Map([...listed.values()].map((entry) => [keyOf(entry.identity, false), entry.key]));
    for (const file of this.#files) {
      const { state } = file;
      if (state.isGone) continue;
      const otherKey = this.#isFirst ? byStableKey.get(keyOf(state.identity, false)) : undefined;
      const entry = unknown.get(keyOf(state.identity)) ?? unknown.get(otherKey ?? "");
      file.isListed = entry !== undefined;
      if (entry !== undefined) {
        unknown.delete(entry.key);
        this.#rename(file, entry, paths);
        if (file.source !== undefined || state.isComplete) continue;
        file.source = await this.#view.open(entry);
        if (file.source !== undefined && (await file.checkIntact())) file.head = await readHead(file.source);
      } else if (file.source === undefined) {
        file.isMissing = this.#isFirst;
        this.#end(file);
      }
    }
    return unknown.values();
  }

  #rename({ state }: TailedFile, { key, path, identity }: ListedFile, paths: ReadonlySet<string>): void {
    const isRotated = state.isRotated || path !== state.path || paths.has(unrotatedName(path));
    if (path === state.path && key === keyOf(state.identity) && isRotated === state.isRotated) return;
    Object.assign(state, { path, identity, isRotated });
    this.isChanged = true;
  }

  async #open(entries: Iterable<ListedFile>, nowMs: number): Promise<void> {
    const room = this.#options.filesMax - this.#files.filter(({ source }) => source !== undefined).length;
    await this.#newcomers.open(entries, room, nowMs);
  }

  #endTruncated(file: TailedFile): void {
    this.#options.onNotice("truncated", file.state.path);
    this.#newcomers.replaced.add(keyOf(file.state.identity));
    this.#end(file);
  }

  /** What was rotated away or deleted and grows no more has ended: its last piece is a line, too. */
  async #endQuiet(file: TailedFile, nowMs: number): Promise<void> {
    const { state, source } = file;
    if (source === undefined || file.isReading || file.isBehind || file.isTruncated) return;
    const isQuiet = nowMs - file.changedAtMs >= this.#options.rotateWaitMs;
    if (!state.isGzip && !(isQuiet && (state.isRotated || !file.isListed))) return;
    const size = await source.size();
    if (size > file.offset && state.sealedAt === undefined) {
      state.sealedAt = size;
      file.isBehind = true;
      this.isChanged = true;
    } else if (!file.isListed) this.#end(file);
    else if (state.isGzip) {
      state.isComplete = true;
      this.isChanged = true;
      await file.close();
    }
  }

  #end(file: TailedFile): void {
    file.state.isGone = true;
    file.isTruncated = false;
    this.isChanged = true;
  }

  #forgetGone(): void {
    const gone = this.#files.filter(({ state }) => state.isGone);
    for (const file of gone.slice(0, -this.#options.goneMax)) this.#files.splice(this.#files.indexOf(file), 1);
  }
}

/** `app.log` of `app.log.1` and `app.log-20261129`. Where both are there, nobody writes to the latter. */
function unrotatedName(path: string): string {
  return /^(.+)[.-]\d[\d.T_-]*$/.exec(path)?.[1] ?? "";
}
