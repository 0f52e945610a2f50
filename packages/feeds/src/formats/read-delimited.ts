import { Readable } from "node:stream";
import type { ColumnValue } from "@footfall/changes";
import { CsvError, parse } from "csv-parse";
import { addField, type FeedEntry } from "../feed-row.ts";
import { invalid } from "../feed-text.ts";
import { attributeNameOf, columnNameOf, columnNames } from "../product/field-names.ts";

const headerLengthMax = 262_144;
const recordBytesMax = 4_194_304;
const batchRowsMax = 500;
const delimiters = ["\t", ",", ";", "|"] as const;

interface CsvRecord {
  readonly cells: readonly string[];
  /** On which it begins, from 1. */
  readonly line: number;
}

/**
 * CSV, and Google's tab-delimited form: the first row names the fields and tells the delimiter; cells may be quoted and
 * hold line ends. A row may be shorter than the first one. A name given twice is a list.
 * @throws AppError INPUT_FORMAT_INVALID  no column holds an id, a quote is never closed, or the last row is cut off
 */
export async function* readDelimited(text: AsyncIterable<string>, name: string): AsyncGenerator<readonly FeedEntry[]> {
  const source = new HeadedText(text);
  const delimiter = findDelimiter(await source.head());
  // The parser's own count takes a CRLF in a cell for two lines.
  let nextLine = 1;
  const parser = parse({
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: recordBytesMax,
    record_delimiter: ["\r\n", "\n", "\r"],
    on_record: (cells: string[], { empty_lines: emptyLines }): CsvRecord => {
      const line = nextLine + emptyLines;
      nextLine += 1 + cells.reduce((sum, cell) => sum + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
      return { cells, line };
    },
  });
  const input = Readable.from(source.all());
  let failure: unknown;
  input.once("error", (error) => {
    failure = error;
    parser.destroy(error);
  });
  let names: readonly string[] | undefined;
  let last: CsvRecord | undefined;
  let entries: FeedEntry[] = [];
  try {
    for await (const record of input.pipe(parser) as AsyncIterable<CsvRecord>) {
      if (names === undefined) {
        names = readHeader(record.cells, name);
        continue;
      }
      last = record;
      const entry = entryOf(record, names);
      if (entry !== undefined) entries.push(entry);
      if (entries.length >= batchRowsMax) yield entries.splice(0);
    }
  } catch (cause) {
    if (failure !== undefined) throw failure;
    throw cause instanceof CsvError ? brokenRecord(cause, name, nextLine) : cause;
  } finally {
    input.destroy();
  }
  if (last !== undefined && source.endsOpen && names !== undefined && last.cells.length < names.length) {
    const cells = `${last.cells.length} of ${names.length} cells`;
    throw invalid(name, `is cut off: its last row, on line ${last.line}, has ${cells} and no line end`);
  }
  if (entries.length > 0) yield entries;
}

function entryOf({ cells, line }: CsvRecord, names: readonly string[]): FeedEntry | undefined {
  if (cells.every((cell) => cell.trim() === "")) return undefined;
  const fields = new Map<string, ColumnValue>();
  names.forEach((field, index) => addField(fields, field, cells[index] ?? ""));
  const surplus = cells.slice(names.length).filter((cell) => cell.trim() !== "");
  if (surplus.length === 0) return { line, fields };
  const reason = `has ${cells.length} cells, but the first row names ${names.length}: quote cells with a delimiter`;
  return { line, fields, problem: { field: undefined, reason } };
}

function readHeader(cells: readonly string[], name: string): readonly string[] {
  const names = cells.map((cell, index) => cell.trim() || `column_${index + 1}`);
  const known = new Set(names.map((field) => columnNameOf(attributeNameOf(field))));
  if (columnNames.item_id.some((field) => known.has(field))) return names;
  const found = names.slice(0, 12).join(", ").slice(0, 300);
  throw invalid(name, `has no column ${columnNames.item_id.join(", ")} in its first row, but ${found}`);
}

function brokenRecord(error: CsvError, name: string, line: number): unknown {
  const isOpen = error.code === "CSV_QUOTE_NOT_CLOSED" || error.code === "CSV_MAX_RECORD_SIZE";
  if (!isOpen) return invalid(name, `cannot be read at line ${line}: ${error.message}`, error);
  return invalid(name, `is cut off, or its row on line ${line} has a quote that is never closed`, error);
}

/** The one that most often stands in the first row outside of quotes. */
function findDelimiter(head: string): string {
  const plain = head.replace(/"(?:[^"]|"")*"/g, "");
  const counts = delimiters.map((delimiter) => plain.split(delimiter).length);
  return delimiters[counts.indexOf(Math.max(...counts))]!;
}

/** A text whose first line is looked at before it is read. */
class HeadedText {
  readonly #iterator: AsyncIterator<string>;
  #read = "";
  /** Whether the text ended within a line. */
  endsOpen = false;

  constructor(text: AsyncIterable<string>) {
    this.#iterator = text[Symbol.asyncIterator]();
  }

  async head(): Promise<string> {
    while (this.#read.trimStart().search(/[\r\n]/) < 0 && this.#read.length < headerLengthMax) {
      const next = await this.#iterator.next();
      if (next.done) break;
      this.#read += next.value;
    }
    return this.#read.trimStart().split(/[\r\n]/, 1)[0]!;
  }

  async *all(): AsyncGenerator<string> {
    try {
      let chunk = this.#read;
      this.#read = "";
      while (true) {
        if (chunk !== "") {
          this.endsOpen = !/[\r\n]$/.test(chunk);
          yield chunk;
        }
        const next = await this.#iterator.next();
        if (next.done) return;
        chunk = next.value;
      }
    } finally {
      await this.#iterator.return?.();
    }
  }
}
