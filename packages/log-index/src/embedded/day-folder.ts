import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fromSqliteError } from "./index-errors.ts";
import { prepareSegment, type ReadCounter, Segment } from "./segment.ts";
import { SegmentWriter } from "./segment-writer.ts";
import { SqliteFile } from "./sqlite-file.ts";

const dayFile = /^(\d{4}-\d\d-\d\d)\.db$/;

interface OpenDay {
  readonly segment: Segment;
  writer: SegmentWriter | undefined;
  uses: number;
  isDropped: boolean;
}

export interface DayFolderOptions {
  readonly folder: string;
  readonly isReader?: boolean;
  readonly segmentsOpenMax?: number;
  readonly filePagesMax?: number;
}

/** The segments of an index: one file for each UTC day, few of them open. */
export class DayFolder {
  readonly counter: ReadCounter = { blocksUnpacked: 0 };
  readonly #folder: string;
  readonly #isReader: boolean;
  readonly #openMax: number;
  readonly #filePagesMax: number | undefined;
  /** Least recently used first. */
  readonly #open = new Map<string, OpenDay>();

  constructor({ folder, isReader = false, segmentsOpenMax = 16, filePagesMax }: DayFolderOptions) {
    this.#folder = folder;
    this.#isReader = isReader;
    this.#openMax = segmentsOpenMax;
    this.#filePagesMax = filePagesMax;
  }

  /** Days that have a segment, in order. */
  days(): string[] {
    try {
      return readdirSync(this.#folder)
        .flatMap((name) => dayFile.exec(name)?.[1] ?? [])
        .sort();
    } catch (cause) {
      throw fromSqliteError(cause, this.#folder);
    }
  }

  /** Reads a day's segment; undefined where it has just been made or deleted by the writer. */
  async read<T>(day: string, work: (segment: Segment) => Promise<T>): Promise<T | undefined> {
    const opened = this.#acquire(day);
    return opened && this.#use(day, opened, () => work(opened.segment));
  }

  /** Writes to a day's segment, which is made if there is none. */
  async write<T>(day: string, work: (writer: SegmentWriter) => Promise<T>): Promise<T> {
    const opened = this.#acquire(day)!;
    return this.#use(day, opened, async () => {
      opened.writer ??= new SegmentWriter(opened.segment.file);
      try {
        return await work(opened.writer);
      } catch (error) {
        opened.writer = undefined;
        throw error;
      }
    });
  }

  /** Deletes a day's segment; a reader that has it open keeps it until it closes it. */
  delete(day: string): void {
    const opened = this.#open.get(day);
    if (opened) this.#drop(day, opened);
    try {
      for (const suffix of ["", "-wal", "-shm"]) rmSync(join(this.#folder, `${day}.db${suffix}`), { force: true });
    } catch (cause) {
      throw fromSqliteError(cause, join(this.#folder, `${day}.db`));
    }
  }

  close(): void {
    for (const [day, opened] of this.#open) this.#drop(day, opened);
  }

  async #use<T>(day: string, opened: OpenDay, work: () => Promise<T>): Promise<T> {
    opened.uses++;
    this.#open.delete(day);
    if (!opened.isDropped) this.#open.set(day, opened);
    try {
      return await work();
    } finally {
      opened.uses--;
      if (opened.isDropped && opened.uses === 0) opened.segment.file.close();
      this.#closeUnused();
    }
  }

  #acquire(day: string): OpenDay | undefined {
    const known = this.#open.get(day);
    if (known) return known;
    const file = new SqliteFile(join(this.#folder, `${day}.db`), this.#isReader, this.#filePagesMax);
    try {
      if (!prepareSegment(file, this.#isReader)) {
        file.close();
        return undefined;
      }
    } catch (error) {
      file.close();
      throw error;
    }
    return { segment: new Segment(file, this.counter), writer: undefined, uses: 0, isDropped: false };
  }

  #closeUnused(): void {
    for (const [day, opened] of this.#open) {
      if (this.#open.size <= this.#openMax) return;
      if (opened.uses === 0) this.#drop(day, opened);
    }
  }

  #drop(day: string, opened: OpenDay): void {
    this.#open.delete(day);
    opened.isDropped = true;
    if (opened.uses === 0) opened.segment.file.close();
  }
}
