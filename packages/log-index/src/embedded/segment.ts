import type { Buffer } from "node:buffer";
import type { IndexedEntry } from "../log-index.ts";
import { type BlockColumns, type BlockHead, readColumns, readLine, unpackLines } from "./entry-block.ts";
import { damaged } from "./index-errors.ts";
import { type FieldFacets, facetTables, readFacets } from "./facets.ts";
import { tokensTable } from "./index-tokens.ts";
import type { SqliteFile } from "./sqlite-file.ts";

const formatVersion = 1;

/** Counts what searches cost. */
export interface ReadCounter {
  blocksUnpacked: number;
}

/** Creates the tables of a new segment; those of another release are an error. @returns false if there are none */
export function prepareSegment(file: SqliteFile, isReader: boolean): boolean {
  const [[version]] = file.rows<[number]>("pragma user_version") as [[number]];
  if (version === formatVersion) return true;
  if (version !== 0) throw damaged(file.path, `its format is ${version}, this release reads ${formatVersion}`);
  if (isReader) return false;
  file.transaction(() =>
    file.execute(`
      create table blocks (
        id integer primary key, first_row integer, rows integer, min_ms integer, max_ms integer, columns blob, lines blob);
      create table partitions (partition integer primary key, next_offset text);
      ${facetTables}
      ${tokensTable};
      pragma user_version = ${formatVersion};`),
  );
  return true;
}

/** The rows of a block that a search looks at, ascending positions within the block. */
export interface BlockRows {
  readonly head: BlockHead;
  readonly rows: readonly number[];
}

/** Reading of one day's file. */
export class Segment {
  readonly file: SqliteFile;
  readonly #counter: ReadCounter;
  #heads: BlockHead[] = [];

  constructor(file: SqliteFile, counter: ReadCounter) {
    this.file = file;
    this.#counter = counter;
  }

  /** All blocks by now, in order. Only the last one ever changes, so only it is read again. */
  heads(): readonly BlockHead[] {
    const last = this.#heads.at(-1)?.id ?? 0;
    const sql = "select id, first_row, rows, min_ms, max_ms from blocks where id >= ? order by id";
    const found = this.file.rows<[number, number, number, number, number]>(sql, last);
    const heads = found.map(([id, firstRow, rows, minMs, maxMs]) => ({ id, firstRow, rows, minMs, maxMs }));
    this.#heads = [...(this.#heads.at(-1) ? this.#heads.slice(0, -1) : []), ...heads];
    return this.#heads;
  }

  facetsOf(field: string): FieldFacets {
    return readFacets(this.file, field);
  }

  columns(head: BlockHead): BlockColumns {
    const [[bytes, rows, minMs]] = this.file.rows<[Buffer, number, number]>(
      "select columns, rows, min_ms from blocks where id = ?",
      head.id,
    ) as [[Buffer, number, number]];
    return readColumns(bytes, { ...head, rows, minMs });
  }

  /** The entries of a block as JSON lines for `readLine`. */
  lines(head: BlockHead): readonly string[] {
    const [[packed]] = this.file.rows<[Buffer]>("select lines from blocks where id = ?", head.id) as [[Buffer]];
    this.#counter.blocksUnpacked++;
    try {
      return unpackLines(packed);
    } catch (cause) {
      throw damaged(this.file.path, `block ${head.id} cannot be unpacked`, cause);
    }
  }

  entry(line: string): IndexedEntry {
    try {
      return readLine(line);
    } catch (cause) {
      throw damaged(this.file.path, "an entry is not JSON", cause);
    }
  }

  // FTS5 ignores limits of row ids that are not integers to SQLite, and the library binds every number as a real.

  /** How many rows of these neighbouring blocks an expression finds. */
  countRows(expression: string, first: BlockHead, last: BlockHead): number {
    const sql =
      "select count(*) from tokens where tokens match ? and rowid between cast(? as integer) and cast(? as integer)";
    return this.file.rows<[number]>(sql, expression, first.firstRow, last.firstRow + last.rows - 1)[0]![0];
  }

  /** The rows of these blocks that an expression finds, or all; blocks without any are left out. */
  rowsOf(expression: string | undefined, heads: readonly BlockHead[]): BlockRows[] {
    if (expression === undefined) {
      return heads.map((head) => ({ head, rows: Array.from({ length: head.rows }, (_, at) => at) }));
    }
    const sql =
      "select group_concat(rowid) from tokens where tokens match ? and rowid between cast(? as integer) and cast(? as integer)";
    const found: BlockRows[] = [];
    for (const run of runsOf(heads)) {
      const last = run.at(-1)!;
      const [[list]] = this.file.rows<[string | number | null]>(
        sql,
        expression,
        run[0]!.firstRow,
        last.firstRow + last.rows - 1,
      ) as [[string | number | null]];
      if (list !== null) found.push(...spread(String(list).split(",").map(Number), run));
    }
    return found;
  }
}

/** Blocks in order of id, cut where one is missing. */
export function runsOf(heads: readonly BlockHead[]): BlockHead[][] {
  const runs: BlockHead[][] = [];
  for (const head of heads.toSorted((a, b) => a.id - b.id)) {
    const run = runs.at(-1);
    if (run?.at(-1)!.id === head.id - 1) run!.push(head);
    else runs.push([head]);
  }
  return runs;
}

/** Rows ascend, as FTS5 finds them. */
function spread(rowIds: readonly number[], run: readonly BlockHead[]): BlockRows[] {
  const found: BlockRows[] = [];
  let at = 0;
  for (const head of run) {
    const rows: number[] = [];
    for (; at < rowIds.length && rowIds[at]! < head.firstRow + head.rows; at++) rows.push(rowIds[at]! - head.firstRow);
    if (rows.length > 0) found.push({ head, rows });
  }
  return found;
}
