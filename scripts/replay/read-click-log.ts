import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { AppError } from "@footfall/base";
import { type ClickEvent, limits } from "@footfall/events";
import { type ClickLogFormat, type ClickLogRow, type ClickLogTools, clickLogLayout } from "@footfall/events/formats";
import { CsvError, parse } from "csv-parse";

/** One row of the file: the event it tells of, or why it cannot be read. `bytesRead` is the position in the file. */
export type ReadRow = { readonly bytesRead: number; readonly text: string } & (
  { readonly event: ClickEvent } | { readonly problem: string }
);

const firstLineBytesMax = 65_536;
const hash = (text: string): string => createHash("md5").update(text).digest("hex");

/**
 * Streams a click log; memory does not grow with the file. Rows with the wrong number of columns, broken quotes or
 * broken JSON come as problems; what an event says wrong is left to the collector.
 * @param tenant  the shop that the events are for; it is part of the ids that are made of rows
 * @throws AppError INPUT_FILE_MISSING, INPUT_FORMAT_INVALID
 */
export async function* readClickLog(file: string, format: ClickLogFormat, tenant: string): AsyncGenerator<ReadRow> {
  const firstLine = await readFirstLine(file);
  if (format.columns.length === 0) yield* readLines(file, format, { hash, tenant });
  else yield* readTable(file, format, { hash, tenant }, firstLine);
}

async function* readTable(
  file: string,
  format: ClickLogFormat,
  tools: ClickLogTools,
  firstLine: string,
): AsyncGenerator<ReadRow> {
  const layout = clickLogLayout(format, firstLine);
  const input = createReadStream(file);
  const skipped: ReadRow[] = [];
  const parser = parse({
    delimiter: layout.delimiter,
    from_line: layout.hasHeader ? 2 : 1,
    bom: true,
    raw: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: limits.eventBytesMax,
    on_skip: (error, text) => {
      skipped.push({ bytesRead: input.bytesRead, text: text ?? "", problem: error?.message ?? "cannot be read" });
    },
  });
  input.once("error", (error) => parser.destroy(error));
  try {
    for await (const { record, raw } of input.pipe(parser) as AsyncIterable<{ record: string[]; raw: string }>) {
      yield* skipped.splice(0);
      const text = raw.trimEnd();
      const { bytesRead } = input;
      if (record.length === layout.columns.length) {
        yield { bytesRead, text, ...eventOf(format, toRow(layout.columns, record), tools) };
      } else {
        yield { bytesRead, text, problem: `${record.length} columns instead of ${layout.columns.length}` };
      }
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    // The parser cannot go on past some faults (a quote that is never closed): the rest of the file is unread.
    throw new AppError("INPUT_FORMAT_INVALID", `${file} cannot be read to its end: ${cause.message}`, { cause });
  } finally {
    input.destroy();
  }
  yield* skipped;
}

async function* readLines(file: string, format: ClickLogFormat, tools: ClickLogTools): AsyncGenerator<ReadRow> {
  const input = createReadStream(file);
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.trim() === "") continue;
      yield { bytesRead: input.bytesRead, text: line, ...eventOf(format, { line }, tools) };
    }
  } finally {
    input.destroy();
  }
}

function toRow(columns: readonly (string | undefined)[], record: readonly string[]): ClickLogRow {
  const row: Record<string, string> = {};
  for (const [index, name] of columns.entries()) if (name !== undefined) row[name] = record[index] ?? "";
  return row;
}

function eventOf(
  format: ClickLogFormat,
  row: ClickLogRow,
  tools: ClickLogTools,
): { readonly event: ClickEvent } | { readonly problem: string } {
  try {
    return { event: format.toClickEvent(row, tools) };
  } catch (error) {
    if (error instanceof AppError) return { problem: error.message };
    throw error;
  }
}

async function readFirstLine(file: string): Promise<string> {
  try {
    const handle = await open(file, "r");
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(firstLineBytesMax), 0, firstLineBytesMax, 0);
      return buffer.toString("utf8", 0, bytesRead).split(/\r?\n/, 1)[0] ?? "";
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new AppError("INPUT_FILE_MISSING", `The file ${file} cannot be read (${reason}). Check --file.`, { cause });
  }
}
