import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { rowColumns } from "@footfall/events/formats";
import type { ClickLogSource } from "./click-log-sql.ts";
import { LineCounter } from "./count-lines.ts";
import type { ClickLogFile } from "./open-click-log.ts";
import { readRows } from "./read-rows.ts";
import type { RowJudge } from "./row-judge.ts";

/** Rows that DuckDB can split. */
export interface SplittableRows {
  readonly source: ClickLogSource;
  /** How many there are. */
  readonly rows: number;
}

const separator = "\u001f";

/**
 * The file itself, where DuckDB splits it as `splitRow` does; undefined where it has to be staged. The look over its
 * bytes costs a few per cent of an import, reading it row by row as much again as all the rest.
 */
export async function plainRows(file: ClickLogFile): Promise<SplittableRows | undefined> {
  const { path, compression, hasByteOrderMark, layout } = file;
  const { format, delimiter, hasHeader, columns } = layout;
  if (compression !== "none" || hasByteOrderMark || rowColumns(format).some((name) => !columns.includes(name))) {
    return undefined;
  }
  const counter = new LineCounter(delimiter);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) counter.push(chunk as Buffer);
  if (!counter.isPlain) return undefined;
  const source: ClickLogSource = { format, path, delimiter, hasHeader, columns };
  return { source, rows: counter.lines - (hasHeader ? 1 : 0) };
}

/** Writes the rows that can be read to a file that DuckDB can split, and hands the others to the judge. */
export async function stageRows(file: ClickLogFile, path: string, judge: RowJudge): Promise<SplittableRows> {
  const { format } = file.layout;
  const staged = createWriteStream(path);
  let rows = 0;
  try {
    for await (const batch of readRows(file)) {
      let text = "";
      for (const row of batch) {
        if (row.problem !== undefined) {
          await judge.rejectUnreadable(row);
          continue;
        }
        text += `${row.values.join(separator)}\n`;
        rows += 1;
      }
      if (!staged.write(text)) await once(staged, "drain");
    }
  } finally {
    staged.end();
    await once(staged, "close");
  }
  return { source: { format, path, delimiter: separator, hasHeader: false, columns: rowColumns(format) }, rows };
}
