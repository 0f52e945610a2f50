import type { Buffer } from "node:buffer";
import { BlockList, type BlockRun, joined } from "./block-list.ts";
import { type BlockColumns, BlockEntries, type BlockHead, readColumns } from "./entry-block.ts";
import { damaged } from "./index-errors.ts";
import { type FieldFacets, facetTables, readFacets } from "./facets.ts";
import { tokensTable } from "./index-tokens.ts";
import type { LogQuery } from "@footfall/service-logs";
import { type Candidates, candidatesOf } from "./candidates.ts";
import { FrequentTokens } from "./frequent-tokens.ts";
import type { RowSet } from "./row-set.ts";
import type { SqliteFile } from "./sqlite-file.ts";

const formatVersion = 1;
/** In a smaller segment every word is found at once. */
const sampledBlocksMin = 256;

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
  readonly #blocks = new BlockList();
  readonly #frequent = new FrequentTokens();

  constructor(file: SqliteFile, counter: ReadCounter) {
    this.file = file;
    this.#counter = counter;
  }

  /** All blocks by now. Only the last one ever changes, so only it is read again. */
  blocks(): BlockList {
    const sql = "select id, first_row, rows, min_ms, max_ms from blocks where id >= ? order by id";
    const found = this.file.rows<[number, number, number, number, number]>(sql, this.#blocks.length);
    this.#blocks.update(found.map(([id, firstRow, rows, minMs, maxMs]) => ({ id, firstRow, rows, minMs, maxMs })));
    return this.#blocks;
  }

  /** Translates a query for this segment. */
  candidatesOf(query: LogQuery): Candidates {
    return candidatesOf(query, {
      facetsOf: (field) => this.facetsOf(field),
      isFrequent: (token) => this.#isFrequent(token),
    });
  }

  facetsOf(field: string): FieldFacets {
    return readFacets(this.file, field);
  }

  columns(head: BlockHead): BlockColumns {
    const sql = "select columns, rows, min_ms from blocks where id = ?";
    const [bytes, rows, minMs] = this.file.row(sql, head.id) as [Buffer, number, number];
    return readColumns(bytes, { ...head, rows, minMs });
  }

  entriesOf(head: BlockHead): BlockEntries {
    const [packed] = this.file.row("select entries from blocks where id = ?", head.id) as [Buffer];
    this.#counter.blocksUnpacked++;
    try {
      return new BlockEntries(packed);
    } catch (cause) {
      throw damaged(this.file.path, `block ${head.id} cannot be unpacked`, cause);
    }
  }

  /** How many rows of these blocks are in a set. */
  countRows(rows: RowSet, runs: readonly BlockRun[]): number {
    if (rows.kind === "none") return 0;
    const whole = joined(runs);
    const total = whole.reduce((sum, run) => sum + this.#lastRowOf(run) - this.#firstRowOf(run) + 1, 0);
    if (rows.kind === "all") return total;
    const { kind, expression } = rows;
    const found = whole.reduce((sum, run) => sum + this.#count(expression, run), 0);
    return kind === "found" ? found : total - found;
  }

  /** The rows of these blocks that are in a set, in order; blocks without any are left out. */
  rowsOf(rows: RowSet, runs: readonly BlockRun[]): BlockRows[] {
    if (rows.kind === "none") return [];
    const whole = joined(runs);
    if (rows.kind === "all") return whole.flatMap((run) => this.#everyRowOf(run));
    const { kind, expression } = rows;
    return whole.flatMap((run) => {
      const found = this.#spread(this.#find(expression, run));
      return kind === "found" ? found : this.#othersOf(found, run);
    });
  }

  // FTS5 ignores limits of row ids that are not integers to SQLite, and the library binds every number as a real.

  #isFrequent(token: string): boolean {
    const { length } = this.blocks();
    if (length < sampledBlocksMin) return false;
    if (!this.#frequent.isUpToDate(length)) {
      this.#frequent.sample(length, (id) => this.entriesOf(this.#blocks.head(id)));
    }
    return this.#frequent.has(token);
  }

  #count(expression: string, run: BlockRun): number {
    const sql =
      "select count(*) from tokens where tokens match ? and rowid between cast(? as integer) and cast(? as integer)";
    return this.file.rows<[number]>(sql, expression, this.#firstRowOf(run), this.#lastRowOf(run))[0]![0];
  }

  #find(expression: string, run: BlockRun): number[] {
    const sql =
      "select group_concat(rowid) from tokens where tokens match ? and rowid between cast(? as integer) and cast(? as integer)";
    const [first, last] = [this.#firstRowOf(run), this.#lastRowOf(run)];
    const [[list]] = this.file.rows<[string | number | null]>(sql, expression, first, last) as [
      [string | number | null],
    ];
    return list === null ? [] : String(list).split(",").map(Number);
  }

  #firstRowOf({ firstId }: BlockRun): number {
    return this.#blocks.head(firstId).firstRow;
  }

  #lastRowOf({ lastId }: BlockRun): number {
    const { firstRow, rows } = this.#blocks.head(lastId);
    return firstRow + rows - 1;
  }

  #everyRowOf(run: BlockRun): BlockRows[] {
    return this.#blocks.heads(run).map((head) => ({ head, rows: everyRow(head) }));
  }

  /** Parts ascending row ids by block. */
  #spread(rowIds: readonly number[]): BlockRows[] {
    const parts: BlockRows[] = [];
    for (let at = 0; at < rowIds.length;) {
      const head = this.#blocks.blockOf(rowIds[at]!);
      const rows: number[] = [];
      for (; at < rowIds.length && rowIds[at]! < head.firstRow + head.rows; at++)
        rows.push(rowIds[at]! - head.firstRow);
      parts.push({ head, rows });
    }
    return parts;
  }

  #othersOf(found: readonly BlockRows[], run: BlockRun): BlockRows[] {
    const rowsOfBlock = new Map(found.map(({ head, rows }) => [head.id, rows]));
    return this.#everyRowOf(run)
      .map(({ head, rows }) => ({ head, rows: without(rows, rowsOfBlock.get(head.id) ?? []) }))
      .filter(({ rows }) => rows.length > 0);
  }
}

/** All rows of a block. */
export function everyRow({ rows }: BlockHead): number[] {
  return Array.from({ length: rows }, (_, at) => at);
}

function without(rows: readonly number[], ascending: readonly number[]): number[] {
  let at = 0;
  return rows.filter((row) => {
    const isWithout = row !== ascending[at];
    if (!isWithout) at++;
    return isWithout;
  });
}
