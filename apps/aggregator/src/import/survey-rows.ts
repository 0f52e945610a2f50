import { DuckDBInstance } from "@duckdb/node-api";
import { rowColumns } from "@footfall/events/formats";
import { type ClickLogSource, clickLogRowsSql, isPlainSql } from "./click-log-sql.ts";
import { timedRowsSql } from "./click-log-time-sql.ts";
import type { RowJudge } from "./row-judge.ts";

export interface RowSurvey {
  readonly rows: number;
  /** Those that SQL is sure of; the others were judged. */
  readonly plain: number;
  /** Plain rows that stand in the file before. */
  readonly repeats: number;
  /** First and last time of the plain ones; Infinity and -Infinity where there is none. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * Looks over the rows, and has those judged that SQL is not sure of.
 * @returns undefined where DuckDB finds other rows than `rows`, or cannot read them; then none has been judged
 */
export async function surveyRows(
  { source, rows }: { readonly source: ClickLogSource; readonly rows: number },
  judge: RowJudge,
  nowMs: number,
): Promise<RowSurvey | undefined> {
  const instance = await DuckDBInstance.create(":memory:", { memory_limit: "1GB" });
  const connection = await instance.connect();
  try {
    const rowsSql = timedRowsSql(source.format, clickLogRowsSql(source));
    const isPlain = isPlainSql(source.format, nowMs);
    const names = rowColumns(source.format);
    const columns = names.map((name) => `"${name}"`).join(", ");
    // Equal rows are told by 128 bits of hash, as event ids are.
    const backwards = names
      .map((name) => `"${name}"`)
      .reverse()
      .join(", ");
    const counted = await connection
      .runAndReadAll(
        `SELECT sum(times)::DOUBLE, coalesce(sum(times) FILTER (is_plain), 0)::DOUBLE, min(time_ms) FILTER (is_plain)::DOUBLE,
          max(time_ms) FILTER (is_plain)::DOUBLE, coalesce(sum(times - 1) FILTER (is_plain), 0)::DOUBLE
        FROM (SELECT count(*) AS times, any_value(time_ms) AS time_ms, any_value(${isPlain}) AS is_plain
          FROM (${rowsSql}) GROUP BY hash(${columns}), hash(${backwards}))`,
      )
      .catch((error: unknown) => {
        if (/^Invalid Input Error/.test((error as Error).message)) return undefined;
        throw error;
      });
    type Counted = [number | null, number, number | null, number | null, number];
    const [sum, plain, firstMs, lastMs, repeats] = (counted?.getRows()[0] ?? []) as Partial<Counted>;
    const found = sum ?? 0;
    if (found !== rows || plain === undefined || repeats === undefined) return undefined;
    if (plain < found) {
      const odd = await connection.stream(`SELECT ${columns} FROM (${rowsSql}) WHERE NOT ${isPlain}`);
      for await (const chunk of odd) {
        for (const values of chunk.getRows()) {
          await judge.judge(Object.fromEntries(names.map((name, index) => [name, String(values[index])])));
        }
      }
    }
    return {
      rows: found,
      plain,
      repeats,
      firstMs: firstMs ?? Number.POSITIVE_INFINITY,
      lastMs: lastMs ?? Number.NEGATIVE_INFINITY,
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
