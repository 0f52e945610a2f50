import { dateOf } from "@footfall/base";
import type { IndexedEntry, IndexProgress } from "../log-index.ts";
import type { SqliteFile } from "./sqlite-file.ts";

/** One life of a file, on the partition its entries come from; the next byte at which an entry of it can begin. */
interface GenerationMark {
  readonly partition: number;
  readonly generation: string;
  nextByte: number;
  /** Of the newest entry: the mark goes with this day's segment. */
  lastDay: string;
}

const schema = `
  create table if not exists progress (name text primary key, value text) without rowid;
  create table if not exists generations (
    partition integer, generation text, next_byte integer, last_day text, primary key (partition, generation))
    without rowid;
  create table if not exists retention (id integer primary key check (id = 1), first_day text);`;

/**
 * What depends only on how far the topic has been read: the progress, and the mark of each generation. Written last,
 * in one transaction; a batch that is given again after a crash meets the marks it met the first time.
 */
export class ProgressStore {
  readonly #file: SqliteFile;

  constructor(file: SqliteFile, isReader: boolean) {
    this.#file = file;
    if (!isReader) file.execute(schema);
  }

  progress(): Map<string, bigint> {
    const rows = this.#file.rows<[string, string]>("select name, value from progress");
    return new Map(rows.map(([name, value]) => [name, BigInt(value)]));
  }

  /** The first day that retention has left, or "" */
  firstDay(): string {
    return this.#file.rows<[string]>("select first_day from retention")[0]?.[0] ?? "";
  }

  marks(): GenerationMarks {
    return new GenerationMarks(this.#file);
  }

  save(progress: IndexProgress, marks: GenerationMarks, beforeCommit: () => void): void {
    this.#file.transaction(() => {
      marks.save();
      for (const [name, value] of progress) {
        this.#file.run("insert or replace into progress values (?, ?)", name, String(value));
      }
      beforeCommit();
    });
  }

  /** Entries before this day are expired from now on. */
  expireBefore(firstDay: string): void {
    this.#file.transaction(() => {
      this.#file.run("insert or replace into retention values (1, ?)", firstDay);
      this.#file.run("delete from generations where last_day < ?", firstDay);
    });
  }

  close(): void {
    this.#file.close();
  }
}

/** The marks that one call of `store` meets and moves. */
export class GenerationMarks {
  readonly #file: SqliteFile;
  readonly #met = new Map<string, GenerationMark>();

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  /** Whether a line was sent before; if not, it counts as sent. Entries without a place in a file never were. */
  wasSent({ partition, entry: { source, occurredAtMs } }: IndexedEntry): boolean {
    if (source === undefined) return false;
    const mark = this.#markOf(partition, JSON.stringify(source.generation));
    if (source.offset < mark.nextByte) return true;
    mark.nextByte = source.offset + 1;
    const day = dateOf(occurredAtMs);
    if (day > mark.lastDay) mark.lastDay = day;
    return false;
  }

  save(): void {
    for (const { partition, generation, nextByte, lastDay } of this.#met.values()) {
      const sql = "insert or replace into generations values (?, ?, ?, ?)";
      this.#file.run(sql, partition, generation, nextByte, lastDay);
    }
  }

  #markOf(partition: number, generation: string): GenerationMark {
    const key = `${partition} ${generation}`;
    let mark = this.#met.get(key);
    if (mark === undefined) {
      const sql = "select next_byte, last_day from generations where partition = ? and generation = ?";
      const [[nextByte, lastDay] = [0, ""]] = this.#file.rows<[number, string]>(sql, partition, generation);
      mark = { partition, generation, nextByte, lastDay };
      this.#met.set(key, mark);
    }
    return mark;
  }
}
