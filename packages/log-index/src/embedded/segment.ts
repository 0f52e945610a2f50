import type { Buffer } from "node:buffer";
import { type BlockColumns, BlockEntries, type BlockHead, readColumns } from "./entry-block.ts";
import { damaged } from "./index-errors.ts";
import { type FieldFacets, facetTables, readFacets } from "./facets.ts";
import { tokensTable } from "./index-tokens.ts";
import type { RowSet } from "./row-set.ts";
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
        id integer primary key, first_row integer, rows integer, min_ms integer, max_ms integer,
        columns blob, entries blob);
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

  entriesOf(head: BlockHead): BlockEntries {
    const [[packed]] = this.file.rows<[Buffer]>("select entries from blocks where id = ?", head.id) as [[Buffer]];
    this.#counter.blocksUnpacked++;
    try {
      return new BlockEntries(packed);
    } catch (cause) {
      throw damaged(this.file.path, `block ${head.id} cannot be unpacked`, cause);
    }
  }

  // FTS5 ignores limits of row ids that are not integers to SQLite, and the library binds every number as a real.

  /** How many rows of these neighbouring blocks an expression finds. */
  #count(expression: string, run: readonly BlockHead[]): number {
    const sql =
      "select count(*) from tokens where tokens match ? and rowid between cast(? as integer) and cast(? as integer)";
    return this.file.rows<[number]>(sql, expression, firstRowOf(run), lastRowOf(run))[0]![0];
  }

  #find(expression: string, run: readonly BlockHead[]): number[] {
    const sql =
      "select group_concat(rowid) from tokens where tokens match ? and rowid between cast(? as integer) and cast(? as integer)";
    const [[list]] = this.file.rows<[string | number | null]>(sql, expression, firstRowOf(run), lastRowOf(run)) as [
      [string | number | null],
    ];
    return list === null ? [] : String(list).split(",").map(Number);
  }

  /** How many rows of these blocks are in a set. */
  countRows(rows: RowSet, heads: readonly BlockHead[]): number {
    if (rows.kind === "none") return 0;
    const total = heads.reduce((sum, head) => sum + head.rows, 0);
    if (rows.kind === "all") return total;
    const { kind, expression } = rows;
    const found = runsOf(heads).reduce((sum, run) => sum + this.#count(expression, run), 0);
    return kind === "found" ? found : total - found;
  }

  /** The rows of these blocks that are in a set; blocks without any are left out. */
  rowsOf(rows: RowSet, heads: readonly BlockHead[]): BlockRows[] {
    if (rows.kind === "none") return [];
    if (rows.kind === "all") return heads.map((head) => ({ head, rows: everyRow(head) }));
    const { kind, expression } = rows;
    return runsOf(heads).flatMap((run) => spread(this.#find(expression, run), run, kind === "found"));
  }
}

function firstRowOf(run: readonly BlockHead[]): number {
  return run[0]!.firstRow;
}

function lastRowOf(run: readonly BlockHead[]): number {
  const last = run.at(-1)!;
  return last.firstRow + last.rows - 1;
}

/** All rows of a block. */
export function everyRow({ rows }: BlockHead): number[] {
  return Array.from({ length: rows }, (_, at) => at);
}

/** Blocks in order of id, cut where one is missing. */
function runsOf(heads: readonly BlockHead[]): BlockHead[][] {
  const runs: BlockHead[][] = [];
  for (const head of heads.toSorted((a, b) => a.id - b.id)) {
    const run = runs.at(-1);
    if (run?.at(-1)!.id === head.id - 1) run!.push(head);
    else runs.push([head]);
  }
  return runs;
}

/** Parts ascending row ids, or those of a run that are not among them, by block. */
function spread(rowIds: readonly number[], run: readonly BlockHead[], isFound: boolean): BlockRows[] {
  const parts: BlockRows[] = [];
  let at = 0;
  for (const head of run) {
    const found: number[] = [];
    for (; at < rowIds.length && rowIds[at]! < head.firstRow + head.rows; at++) found.push(rowIds[at]! - head.firstRow);
    const rows = isFound ? found : without(everyRow(head), found);
    if (rows.length > 0) parts.push({ head, rows });
  }
  return parts;
}

function without(rows: readonly number[], ascending: readonly number[]): number[] {
  let at = 0;
  return rows.filter((row) => {
    const isWithout = row !== ascending[at];
    if (!isWithout) at++;
    return isWithout;
  });
}
