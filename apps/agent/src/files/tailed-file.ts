import { type BackOff, backOffMs, type Clock, isRetriable, type Random } from "@footfall/base";
import type { ByteSource } from "./byte-source.ts";
import type { GenerationState } from "./checkpoint.ts";
import { type Fingerprint, fingerprintOf, holds, readFingerprint, readHead, withHead } from "./file-identity.ts";
import { type Line, readLines } from "./read-lines.ts";

/** A line of a file. `generation` and `offset` are its identity: it may come again, but never as another. */
export interface RawLine extends Line {
  /** Where the file was when the line was read. */
  readonly path: string;
  readonly generation: string;
  readonly observedAtMs: number;
}

/** What whoever takes lines may need to know of where they end. */
export interface TakenBatch {
  /** Byte after the last line. */
  readonly endOffset: number;
  /** The content ends here for good, or was sealed here before: lines before are never looked at with those after. */
  readonly isEnded: boolean;
  /** Makes that so, for good: after a restart too the lines come up to here, and no further. */
  readonly seal: () => Promise<void>;
}

/**
 * Stores lines of one file, in order; resolves to the byte up to which they are durable, and only from there is the
 * file read on: what is left comes again, with what follows it. Tried again after a retriable error; another one ends
 * the tailer.
 */
export type TakeLines = (lines: readonly RawLine[], batch: TakenBatch) => Promise<number>;

export interface ReadingOptions {
  readonly take: TakeLines;
  readonly clock: Clock;
  readonly random: Random;
  /** Bytes of one file that are read ahead of `take`. */
  readonly readBytesMax: number;
  /** A longer line is cut. */
  readonly lineBytesMax: number;
  readonly takeBackOff: BackOff;
  /** Ends waiting for the next try. */
  readonly signal: AbortSignal;
  /** The position has moved on. */
  onAdvance(): void;
  /** Makes positions durable at once. */
  save(): Promise<void>;
  onCut(path: string, lines: number): void;
  onReadError(path: string, error: unknown): void;
  onTakeError(error: unknown): void;
}

/** A generation with the file that holds it: reads it, hands it out and keeps its position. */
export class TailedFile {
  readonly state: GenerationState;
  source: ByteSource | undefined;
  /** How it begins, as far as that is known: tells most files apart without a read. */
  head: Buffer;
  /** As it was before folders were last listed: a copy made since then is not shorter. */
  listed: Fingerprint;
  /** The file has other content than was read from it. */
  isTruncated = false;
  isListed = true;
  /** After a restart: no file by this identity was found. */
  isMissing = false;
  /** There may be more to read. */
  isBehind = true;
  version = "";
  changedAtMs = 0;
  #reading: Promise<void> | undefined;

  constructor(state: GenerationState, source?: ByteSource, head: Buffer = Buffer.alloc(0)) {
    this.state = state;
    this.source = source;
    this.head = head;
    this.listed = state.fingerprint;
  }

  get offset(): number {
    return this.state.fingerprint.offset;
  }

  get isReading(): boolean {
    return this.#reading !== undefined;
  }

  /** Resolves when nothing is read or taken at the moment. */
  async settled(): Promise<void> {
    await this.#reading;
  }

  /** Whether the file still has what was read from it. False stays false. */
  async checkIntact(): Promise<boolean> {
    if (this.source !== undefined && !this.isTruncated) {
      this.isTruncated = !(await holds(this.source, this.state.fingerprint));
    }
    return !this.isTruncated;
  }

  /** Whether a file has all that was taken of this generation, by what is known of it. */
  async isKnownIn(other: ByteSource): Promise<boolean> {
    for (const known of [this.state.fingerprint, this.listed]) {
      if (known.headLength > 0 && (await holds(other, known))) return true;
    }
    return false;
  }

  /** Goes on in a copy. What the copy lacks was taken already. Not while reading. */
  async moveTo(
    copy: { readonly source: ByteSource; readonly head: Buffer } & Pick<
      GenerationState,
      "path" | "identity" | "isGzip"
    >,
  ) {
    await this.source?.close();
    const size = await copy.source.size();
    if (size < this.offset) this.state.fingerprint = await readFingerprint(copy.source, size);
    const { path, identity, isGzip } = copy;
    Object.assign(this.state, { path, identity, isGzip, isRotated: true, isGone: false, isComplete: false });
    this.source = copy.source;
    this.head = copy.head;
    this.listed = this.state.fingerprint;
    this.isTruncated = false;
    this.isListed = true;
    this.isBehind = true;
    this.version = "";
  }

  async close(): Promise<void> {
    const source = this.source;
    this.source = undefined;
    await source?.close();
  }

  startReading(options: ReadingOptions): void {
    this.#reading ??= this.#readAll(options)
      .catch((error: unknown) => options.onTakeError(error))
      .finally(() => {
        this.#reading = undefined;
      });
  }

  async #readAll(options: ReadingOptions): Promise<void> {
    const { state } = this;
    while (!options.signal.aborted) {
      const batch = await this.#readBatch(options);
      if (batch === undefined) return;
      if (batch.lines.length > 0) await this.#knowHead(batch.head, options);
      const { path, generation } = state;
      const observedAtMs = options.clock();
      const lines = batch.lines.map((line) => ({ ...line, path, generation, observedAtMs }));
      const taken =
        lines.length === 0 ? batch.endOffset : await this.#takeUntilDurable(lines, batch.endOffset, options);
      // Nothing was taken: the same lines come again at the next look.
      if (taken === undefined || taken === this.offset) return;
      const cut = lines.filter(({ isCut, offset }) => isCut && offset < taken).length;
      if (cut > 0) options.onCut(path, cut);
      state.fingerprint = batch.fingerprintAt(taken);
      if (state.sealedAt !== undefined && state.sealedAt <= this.offset) state.sealedAt = undefined;
      options.onAdvance();
    }
  }

  /**
   * A generation that was found with a few bytes must be known by its lines before they are out: after a kill, content
   * that only begins like it would be taken for it, and other lines would get the names of these.
   */
  async #knowHead(head: Buffer, options: ReadingOptions): Promise<void> {
    const known = withHead(this.state.fingerprint, head);
    if (known === this.state.fingerprint) return;
    this.state.fingerprint = known;
    await options.save();
  }

  /** @returns up to where they are durable; undefined where the signal came first */
  async #takeUntilDurable(
    lines: readonly RawLine[],
    endOffset: number,
    options: ReadingOptions,
  ): Promise<number | undefined> {
    const { state } = this;
    const seal = async (): Promise<void> => {
      state.sealedAt = endOffset;
      await options.save();
    };
    for (let failures = 0; ; failures += 1) {
      try {
        return await options.take(lines, { endOffset, isEnded: state.sealedAt === endOffset, seal });
      } catch (error) {
        if (!isRetriable(error)) throw error;
        await pause(backOffMs(failures, options.takeBackOff, options.random), options.signal);
        if (options.signal.aborted) return undefined;
      }
    }
  }

  /** The next lines, or undefined where there are none, or the file changed under the read. */
  async #readBatch(options: ReadingOptions) {
    const { source, state } = this;
    if (source === undefined || this.isTruncated) return undefined;
    try {
      const { lines, endOffset, before } = await readLines(source, this.offset, {
        ...options,
        sealedAt: state.sealedAt,
      });
      const head = await readHead(source);
      // After the reads: what was truncated before them, or between them, is no continuation.
      if (!(await this.checkIntact())) return undefined;
      if (endOffset === this.offset) {
        this.isBehind = false;
        return undefined;
      }
      const fingerprintAt = (offset: number): Fingerprint =>
        fingerprintOf(offset, head, before.subarray(0, before.length - (endOffset - offset)));
      return { lines, endOffset, head, fingerprintAt };
    } catch (error) {
      options.onReadError(state.path, error);
      return undefined;
    }
  }
}

/** Waits, or less where the signal comes first. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
