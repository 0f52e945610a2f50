import { AppError } from "@footfall/base";
import { quietSessionColumn, rowColumns, splitRow } from "@footfall/events/formats";
import { LineCounter } from "./count-lines.ts";
import type { ClickLogFile } from "./open-click-log.ts";
import { QuietSessions } from "./quiet-sessions.ts";
import { readBytes } from "./read-bytes.ts";
import { type Line, readLines } from "./read-lines.ts";

/** A row of a click log: what its columns hold, in the order of `rowColumns`, or why it cannot be read. */
export interface FileRow {
  readonly line: number;
  /** As it stands in the file. */
  readonly text: string;
  readonly values: readonly string[];
  readonly problem?: string;
}

/** Stands between the cells of staged rows, so no cell may hold it; NUL ends a text in some places. */
const forbidden = ["\0", "\u001f"];

/**
 * Reads every row of a click log, many at a time; memory does not grow with the file, but for logs without sessions
 * (see `QuietSessions`). A row that cannot be read costs none of the others.
 * @param onRead  told how many bytes of the file have been read
 * @throws AppError INPUT_FORMAT_INVALID; INTERNAL where fewer or more rows came than the bytes have lines
 */
export async function* readRows(
  file: ClickLogFile,
  onRead: (bytes: number) => void = () => {},
): AsyncGenerator<readonly FileRow[]> {
  const { format } = file.layout;
  const columns = rowColumns(format);
  if (!columns.includes(quietSessionColumn)) {
    yield* readFileRows(file, onRead);
    return;
  }
  const { visitor, time } = format.roles!;
  const visitorAt = columns.indexOf(visitor);
  const timeAt = columns.indexOf(time);
  const sessions = new QuietSessions();
  for await (const rows of readFileRows(file, () => {})) {
    for (const { values, problem } of rows) {
      if (problem === undefined) sessions.add(values[visitorAt]!, values[timeAt]!);
    }
  }
  for await (const rows of readFileRows(file, onRead)) {
    yield rows.map((row) => {
      const { values } = row;
      if (row.problem !== undefined) return row;
      return { ...row, values: [...values, sessions.sessionOf(values[visitorAt]!, values[timeAt]!)] };
    });
  }
}

async function* readFileRows(file: ClickLogFile, onRead: (bytes: number) => void): AsyncGenerator<readonly FileRow[]> {
  const { layout } = file;
  const counter = new LineCounter(layout.delimiter);
  const read = rowReader(file);
  let isHeader = layout.hasHeader;
  let count = isHeader ? 1 : 0;
  for await (const lines of readLines(counted(readBytes(file, onRead), counter))) {
    const rows = (isHeader ? lines.slice(1) : lines).map(read);
    if (lines.length > 0) isHeader = false;
    count += rows.length;
    yield rows;
  }
  requireAll(file.path, counter.lines, count);
}

/** @throws AppError INTERNAL */
export function requireAll(path: string, lines: number, accounted: number): void {
  if (lines === accounted) return;
  throw new AppError(
    "INTERNAL",
    `The file ${path} has ${lines} lines, but ${accounted} of them are accounted for. This is a fault of the reader.`,
  );
}

async function* counted(bytes: AsyncIterable<Buffer>, counter: LineCounter): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    counter.push(chunk);
    yield chunk;
  }
}

function rowReader({ layout }: ClickLogFile): (line: Line) => FileRow {
  const { format, delimiter, columns } = layout;
  const unreadable = (line: Line, problem: string): FileRow => ({
    line: line.number,
    text: line.text,
    values: [],
    problem: `Line ${line.number}: ${problem}.`,
  });
  if (format.roles === undefined) {
    return (line) => {
      if (!line.isUtf8) return unreadable(line, "it is not UTF-8");
      return { line: line.number, text: line.text, values: [line.text] };
    };
  }
  const places = format.columns.map(({ name }) => columns.indexOf(name));
  return (line) => {
    if (!line.isUtf8) return unreadable(line, "it is not UTF-8");
    if (forbidden.some((character) => line.text.includes(character)))
      return unreadable(line, "it holds a control character");
    const split = splitRow(line.text, delimiter);
    if ("problem" in split) return unreadable(line, split.problem);
    const { cells } = split;
    if (cells.length > columns.length) {
      return unreadable(line, `it has ${cells.length} columns instead of ${columns.length}`);
    }
    return { line: line.number, text: line.text, values: places.map((place) => cells[place] ?? "") };
  };
}
