import { appendFile, copyFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { AppError, manualClock, seededRandom } from "@footfall/base";
import { temporaryFolder } from "@footfall/testkit";
import { readFile } from "node:fs/promises";
import { FileTailer, type TailOptions } from "../../src/files/tail-files.ts";
import type { RawLine } from "../../src/files/tailed-file.ts";

const pack = promisify(gzip);
export const rotateWaitMs = 5000;
export const copyWaitMs = 10_000;

/** A folder with logs, and a tailer over it that can be ended and started again. */
export class TailBench {
  readonly folder: string;
  readonly clock = manualClock(1_800_000_000_000);
  /** All that `take` was given, also what came again. */
  readonly taken: RawLine[] = [];
  readonly notices: string[] = [];
  /** Called before lines are kept. */
  beforeTake: (lines: readonly RawLine[]) => Promise<void> | void = () => {};
  /** Called when they are kept, before the position moves on. */
  afterTake: () => Promise<void> | void = () => {};
  readonly #remove: () => Promise<void>;
  readonly #options: Partial<TailOptions>;
  readonly #random = seededRandom(17);
  #tailer: FileTailer | undefined;

  private constructor(folder: string, remove: () => Promise<void>, options: Partial<TailOptions>) {
    this.folder = folder;
    this.#remove = remove;
    this.#options = options;
  }

  static async open(options: Partial<TailOptions> = {}): Promise<TailBench> {
    const { path, remove } = await temporaryFolder();
    return new TailBench(path, remove, options);
  }

  get checkpointPath(): string {
    return join(this.folder, "state", "positions");
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async tailer(): Promise<FileTailer> {
    this.#tailer ??= await FileTailer.open({
      patterns: [this.path("*.log*")],
      checkpointPath: this.checkpointPath,
      clock: this.clock.now,
      random: this.#random,
      rotateWaitMs,
      copyWaitMs,
      takeBackOff: { minMs: 1, maxMs: 2 },
      onNotice: (notice, path) => this.notices.push(`${notice} ${path.slice(this.folder.length + 1)}`),
      take: async (lines, { endOffset }) => {
        await this.beforeTake(lines);
        this.taken.push(...lines);
        await this.afterTake();
        return endOffset;
      },
      ...this.#options,
    });
    return this.#tailer;
  }

  async poll(times = 1): Promise<void> {
    const tailer = await this.tailer();
    for (let time = 0; time < times; time += 1) {
      await tailer.poll();
      await tailer.settled();
    }
  }

  /** Long enough for all that waits for quiet. */
  async pollToEnd(): Promise<void> {
    for (let round = 0; round < 4; round += 1) {
      await this.poll(2);
      this.clock.advance(rotateWaitMs + copyWaitMs);
    }
    await this.poll(2);
  }

  async restart(): Promise<void> {
    await this.#tailer?.close();
    this.#tailer = undefined;
  }

  /** Polls once and ends as by kill -9: lines of the first batch are kept, but no position moves on. */
  async pollAndDie(): Promise<void> {
    const { afterTake } = this;
    this.afterTake = () => {
      throw new AppError("INTERNAL", "killed");
    };
    await this.poll().catch(() => {});
    await this.restart();
    this.afterTake = afterTake;
  }

  append(name: string, text: string | Buffer): Promise<void> {
    return appendFile(this.path(name), text);
  }

  write(name: string, text: string | Buffer): Promise<void> {
    return writeFile(this.path(name), text);
  }

  rename(from: string, to: string): Promise<void> {
    return rename(this.path(from), this.path(to));
  }

  copy(from: string, to: string): Promise<void> {
    return copyFile(this.path(from), this.path(to));
  }

  truncate(name: string): Promise<void> {
    return truncate(this.path(name));
  }

  delete(name: string): Promise<void> {
    return rm(this.path(name));
  }

  /** As `gzip` does: the compressed file first, then the plain one goes. */
  async compress(name: string): Promise<void> {
    await writeFile(this.path(`${name}.gz`), await pack(await readFile(this.path(name))));
    await this.delete(name);
  }

  texts(): string[] {
    return this.taken.map(({ text }) => text);
  }

  /** Texts after dropping what came again. @throws Error where an identity came with two texts */
  distinct(): string[] {
    const byId = new Map<string, string>();
    for (const { generation, offset, text } of this.taken) {
      const id = `${generation}:${offset}`;
      const before = byId.get(id);
      if (before !== undefined && before !== text) throw new Error(`${id} is ${before} and ${text}`);
      byId.set(id, text);
    }
    return [...byId.values()];
  }

  generations(): number {
    return new Set(this.taken.map(({ generation }) => generation)).size;
  }

  async remove(): Promise<void> {
    await this.restart().catch(() => {});
    await this.#remove();
  }
}

/** `count` lines, each other than all lines of another name. */
export function numbered(name: string, count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => `${name} ${from + index}`);
}

export function textOfLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
