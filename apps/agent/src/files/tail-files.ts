import { type BackOff, type Clock, type Random } from "@footfall/base";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { pause, type ReadingOptions, type TakeLines } from "./tailed-file.ts";
import type { TailNotice } from "./folder-view.ts";
import { TailedFiles } from "./tailed-files.ts";

export interface TailOptions {
  /** Absolute paths with `*` and `?` within names. Rotated files must match too, or what is left in them is lost. */
  readonly patterns: readonly string[];
  /** File that holds the positions; no other tailer may use it. */
  readonly checkpointPath: string;
  readonly take: TakeLines;
  readonly clock: Clock;
  /** Makes generations' names, so it must not repeat itself from one start to the next. */
  readonly random: Random;
  readonly onNotice?: (notice: TailNotice, path: string) => void;
  /** Pause between two looks at the files. Default 1000. */
  readonly pollMs?: number;
  /** Bytes of one file that are read ahead of `take`. Default 256 KiB. */
  readonly readBytesMax?: number;
  /** A longer line is cut. Default 256 KiB. */
  readonly lineBytesMax?: number;
  /** Files that are open at a time. Default 1024. */
  readonly filesMax?: number;
  /** A file that was renamed or deleted has ended when it has not grown for so long. Default 5000. */
  readonly rotateWaitMs?: number;
  /** A file that only repeats another one may be its copy for so long; then it is a file of its own. Default 10,000. */
  readonly copyWaitMs?: number;
  /** Generations remembered after their file is gone. Default 256. */
  readonly goneMax?: number;
  readonly takeBackOff?: BackOff;
}

/**
 * Follows files that grow, hands out their lines in order, and goes on after a restart where they are durable.
 *
 * A line comes at least once, always with the same generation and offset. What cannot hold:
 * - bytes that are truncated or deleted before a look has seen the file, with no copy that matches, are lost;
 * - of two files whose content is equal to the last byte, the younger is taken for a copy if the elder is truncated
 *   within `copyWaitMs`, and repeats its lines as its own if that comes later;
 * - of a file that was copied, truncated and renamed while no tailer ran, and its copy alone is left, lines come under
 *   two identities;
 * - a file truncated and written again with the very same bytes before the old position is not seen to be new;
 * - what a writer adds to a last line without an end, `rotateWaitMs` after the rotation, is a line of its own.
 */
export class FileTailer {
  readonly #options: TailOptions;
  readonly #files: TailedFiles;
  readonly #stop = new AbortController();
  readonly #reading: ReadingOptions;
  #saved: Promise<boolean> = Promise.resolve(true);
  #isSaveQueued = false;
  #looking: Promise<void> | undefined;
  #failure: unknown;

  private constructor(files: TailedFiles, options: TailOptions) {
    this.#options = options;
    this.#files = files;
    const { take, clock, random, onNotice = () => {} } = options;
    this.#reading = {
      take,
      clock,
      random,
      readBytesMax: options.readBytesMax ?? 1 << 18,
      lineBytesMax: options.lineBytesMax ?? 1 << 18,
      takeBackOff: options.takeBackOff ?? { minMs: 100, maxMs: 10_000 },
      signal: this.#stop.signal,
      onAdvance: () => this.#saveSoon(),
      save: () => this.#saveNow(),
      onCut: (path) => onNotice("lineCut", path),
      onReadError: (path) => onNotice("unreadable", path),
      onTakeError: (error) => {
        this.#failure ??= error;
        this.#stop.abort();
      },
    };
  }

  /** @throws AppError AGENT_CHECKPOINT_CORRUPT */
  static async open(options: TailOptions): Promise<FileTailer> {
    const { rotateWaitMs = 5000, copyWaitMs = 10_000, filesMax = 1024, goneMax = 256 } = options;
    const { patterns, random, onNotice = () => {} } = options;
    const checkpoint = await readCheckpoint(options.checkpointPath);
    const files = new TailedFiles(checkpoint, {
      patterns,
      random,
      onNotice,
      filesMax,
      rotateWaitMs,
      copyWaitMs,
      goneMax,
    });
    return new FileTailer(files, options);
  }

  /** Looks at the files once and begins to read what is new. Does nothing once it is closed. */
  async poll(): Promise<void> {
    this.#throwFailure();
    if (this.#stop.signal.aborted) return;
    this.#looking = this.#files.update(this.#options.clock());
    try {
      await this.#looking;
    } finally {
      this.#looking = undefined;
    }
    // A generation must be known after a crash before any of its lines is out.
    await this.#save();
    for (const file of this.#files.all) {
      if (file.isBehind && !file.isTruncated && file.source !== undefined) file.startReading(this.#reading);
    }
  }

  /** Resolves when all that was readable at the last look has been taken, and the positions are saved. */
  async settled(): Promise<void> {
    await Promise.all(this.#files.all.map((file) => file.settled()));
    await this.#saved;
    this.#throwFailure();
  }

  /** Polls until the signal comes, then closes. */
  async run(signal: AbortSignal): Promise<void> {
    const onAbort = () => this.#stop.abort();
    signal.addEventListener("abort", onAbort);
    try {
      while (!signal.aborted && !this.#stop.signal.aborted) {
        await this.poll();
        await pause(this.#options.pollMs ?? 1000, this.#stop.signal);
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      await this.close();
    }
    this.#throwFailure();
  }

  /** Lets what is being taken end, saves the positions, and closes the files. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#looking?.catch(() => {});
    await Promise.all(this.#files.all.map((file) => file.settled()));
    await this.#files.close();
    await this.#save();
  }

  async #saveNow(): Promise<void> {
    this.#files.isChanged = true;
    while (!(await this.#save())) await this.#looking;
  }

  #saveSoon(): void {
    this.#files.isChanged = true;
    if (this.#isSaveQueued) return;
    // What fails is saved after the next look.
    this.#save().catch(() => {});
  }

  /** One write at a time; it has all that is known when it begins. @returns false amid a look: nothing is saved then */
  #save(): Promise<boolean> {
    this.#isSaveQueued = true;
    const write = async (): Promise<boolean> => {
      this.#isSaveQueued = false;
      // The files may contradict one another now; a save follows the look.
      if (this.#looking) return false;
      if (!this.#files.isChanged) return true;
      this.#files.isChanged = false;
      try {
        await writeCheckpoint(this.#options.checkpointPath, this.#files.checkpoint());
      } catch (error) {
        this.#files.isChanged = true;
        throw error;
      }
      return true;
    };
    this.#saved = this.#saved.catch(() => true).then(write);
    return this.#saved;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure as Error;
  }
}
