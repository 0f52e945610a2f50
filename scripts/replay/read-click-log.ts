import { createHash } from "node:crypto";
import { openClickLog, readRows } from "@footfall/aggregator/import";
import { AppError } from "@footfall/base";
import type { ClickEvent } from "@footfall/events";
import {
  type ClickLogFormat,
  type ClickLogFormatName,
  type ClickLogRow,
  type ClickLogTools,
  rowColumns,
} from "@footfall/events/formats";

/** One row of the file: the event it tells of, or why it cannot be read. `bytesRead` is the position in the file. */
export type ReadRow = { readonly bytesRead: number; readonly text: string } & (
  { readonly event: ClickEvent } | { readonly problem: string }
);

const hash = (text: string): string => createHash("md5").update(text).digest("hex");

/**
 * Streams a click log, read as the import reads it. Rows with too many columns, broken quotes or broken JSON come as
 * problems; what an event says wrong is left to the collector.
 * @param tenant  the shop that the events are for; it is part of the ids that are made of rows
 * @throws AppError INPUT_FILE_MISSING, INPUT_FORMAT_INVALID; INTERNAL where a line of the file is missing at the end
 */
export async function* readClickLog(path: string, name: ClickLogFormatName, tenant: string): AsyncGenerator<ReadRow> {
  const tools: ClickLogTools = { hash, tenant };
  const file = await openClickLog(path, name);
  const { format } = file.layout;
  const columns = rowColumns(format);
  let bytesRead = 0;
  const rows = readRows(file, (bytes) => {
    bytesRead = bytes;
  });
  for await (const batch of rows) {
    for (const { text, values, problem } of batch) {
      if (problem !== undefined) yield { bytesRead, text, problem };
      else {
        const row = Object.fromEntries(columns.map((column, at) => [column, values[at]!]));
        yield { bytesRead, text, ...eventOf(format, row, tools) };
      }
    }
  }
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
