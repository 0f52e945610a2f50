import { access } from "node:fs/promises";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { AppError } from "@footfall/base";
import type { EvaluationSet, TimedSessions } from "@footfall/similarity/evaluation";
import { clickFileFormats, type ClickFileFormatName } from "./click-file-formats.ts";
import { evaluationSplits, type EvaluationSplitName, filterClicksSql, sliceSql } from "./evaluation-splits.ts";

/** Either two files as they are, or one that is filtered and cut as the papers have it. */
export type EvaluationFiles = { readonly format: ClickFileFormatName } & (
  { readonly train: string; readonly test: string } | { readonly file: string; readonly split: EvaluationSplitName }
);

type Part = "train" | "test";

/**
 * Reads what is to be learnt from and what is to be predicted; views only. Items are numbered from the most to the
 * least clicked of training, equal ones by id; sessions by their end, equal ones by their first row; clicks by time,
 * then row.
 * @yields one set, or one for each slice of the split
 * @throws AppError INPUT_FILE_MISSING, INPUT_FORMAT_INVALID, MODEL_NO_DATA
 */
export async function* readEvaluationSets(files: EvaluationFiles): AsyncGenerator<EvaluationSet, void> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const { predicts } = clickFileFormats[files.format];
  try {
    if ("train" in files) {
      await readClicks(connection, { table: "train", path: files.train, format: files.format, part: "train" });
      await readClicks(connection, { table: "test", path: files.test, format: files.format, part: "test" });
      yield await readSet(connection, predicts);
      return;
    }
    await readClicks(connection, { table: "clicks", path: files.file, format: files.format, part: "train" });
    await connection.run(filterClicksSql);
    const split = evaluationSplits[files.split];
    const spanned = await connection.runAndReadAll("SELECT min(time_ms), max(time_ms) FROM kept");
    const [firstMs, lastMs] = spanned.getRows()[0] as [number, number];
    for (let slice = 0; slice < split.slices; slice++) {
      const conditions = sliceSql(split, slice, { firstMs, lastMs });
      for (const part of ["train", "test"] as const) {
        await connection.run(`CREATE OR REPLACE TABLE ${part} AS SELECT session, item, time_ms, row FROM kept
          WHERE ${conditions[part]} ORDER BY row`);
      }
      yield await readSet(connection, predicts);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** As `readEvaluationSets`, for files that make one set. */
export async function readEvaluationSet(files: EvaluationFiles): Promise<EvaluationSet> {
  for await (const set of readEvaluationSets(files)) return set;
  throw new AppError("MODEL_NO_DATA", "No slice.");
}

async function readClicks(
  connection: DuckDBConnection,
  source: { readonly table: string; readonly path: string; readonly format: ClickFileFormatName; readonly part: Part },
): Promise<void> {
  const { table, path, format, part } = source;
  await access(path).catch((cause: unknown) => {
    throw new AppError("INPUT_FILE_MISSING", `The ${part} file ${path} cannot be read: ${String(cause)}`, { cause });
  });
  const { clicksSql, description } = clickFileFormats[format];
  try {
    await connection.run(`CREATE TABLE ${table} AS SELECT session, item, time_ms, row_number() OVER () AS row
      FROM (${clicksSql(path, part)}) WHERE kind = 'view'`);
  } catch (cause) {
    throw new AppError("INPUT_FORMAT_INVALID", `${path} is not ${format} (${description}): ${String(cause)}`, {
      cause,
    });
  }
}

/** From tables `train` and `test`. */
async function readSet(connection: DuckDBConnection, predicts: EvaluationSet["predicts"]): Promise<EvaluationSet> {
  await connection.run(`CREATE OR REPLACE TABLE items AS
    SELECT item, row_number() OVER (ORDER BY count(*) DESC, item) - 1 AS number FROM train GROUP BY item`);
  const named = await connection.runAndReadAll("SELECT item FROM items ORDER BY number");
  const itemIds = named.getRows().map(([item]) => String(item));
  if (itemIds.length === 0) throw new AppError("MODEL_NO_DATA", "There are no views to learn from.");
  // Of what is left of a test session after items unknown to training, two clicks are needed to predict one.
  const isWhole = predicts === "last click" ? " AND max(row) = any_value(last_row)" : "";
  return {
    itemIds,
    predicts,
    train: await readSessions(connection, "train", { itemCount: itemIds.length, having: "count(*) >= 1" }),
    test: await readSessions(connection, "test", { itemCount: itemIds.length, having: `count(*) >= 2${isWhole}` }),
  };
}

async function readSessions(
  connection: DuckDBConnection,
  part: Part,
  { itemCount, having }: { readonly itemCount: number; readonly having: string },
): Promise<TimedSessions> {
  const result = await connection.stream(`
WITH numbered AS (SELECT *, max(row) OVER (PARTITION BY session) AS last_row FROM ${part}),
known AS (SELECT numbered.*, number FROM numbered JOIN items USING (item)),
ends AS (SELECT session, max(time_ms) AS end_ms, min(row) AS first_row, count(*) AS clicks FROM known GROUP BY session
  HAVING ${having})
SELECT first_row::DOUBLE, end_ms, clicks::INTEGER, number::INTEGER, time_ms FROM known JOIN ends USING (session)
ORDER BY end_ms, first_row, time_ms, row`);
  const items: number[] = [];
  const times: number[] = [];
  const firstRows: number[] = [];
  const ends: number[] = [];
  const offsets = [0];
  for await (const chunk of result) {
    for (const [firstRow, end, clicks, item, time] of chunk.getRows() as [number, number, number, number, number][]) {
      if (items.length === offsets.at(-1)) {
        firstRows.push(firstRow);
        ends.push(end);
        offsets.push(items.length + clicks);
      }
      items.push(item);
      times.push(time);
    }
  }
  return {
    itemCount,
    sessionCount: ends.length,
    offsets: Int32Array.from(offsets),
    items: Int32Array.from(items),
    weights: new Uint8Array(items.length).fill(1),
    endTimesMs: Float64Array.from(ends),
    clickTimesMs: Float64Array.from(times),
    fileOrder: Int32Array.from(firstRows.keys()).sort((a, b) => firstRows[a]! - firstRows[b]!),
  };
}
