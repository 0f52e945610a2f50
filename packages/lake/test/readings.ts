import type { TableSchema } from "../src/index.ts";

export const startMs = Date.parse("2026-11-23T10:00:00Z");

/** One column of every type, partitioned like `events`. */
export const readings: TableSchema = {
  name: "readings",
  columns: [
    { name: "text", type: "string", description: "Any text." },
    { name: "big", type: "long", description: "Up to 2^53." },
    { name: "small", type: "integer", description: "32 bits." },
    { name: "real", type: "double", description: "A double." },
    { name: "flag", type: "boolean", description: "Yes or no." },
    { name: "taken_at", type: "timestamp", description: "An instant." },
    { name: "day", type: "date", description: "A day." },
  ],
  partitionColumns: [
    { name: "tenant", type: "string", description: "The shop." },
    { name: "date", type: "date", description: "The day." },
    { name: "hour", type: "integer", description: "The hour." },
  ],
};

export const columnNames = [...readings.columns, ...readings.partitionColumns].map(({ name }) => name);

/** A SELECT of `count` rows of `readings` in one partition, with `big` = `from`, `from` + 1, … */
export function numberedRows(count: number, from = 0, hour = 7): string {
  return (
    `SELECT 'row ' || i AS text, i AS big, i::INTEGER AS small, i / 2 AS real, i % 2 = 0 AS flag, ` +
    `make_timestamp(${startMs * 1000} + i * 1000) AS taken_at, DATE '2026-11-23' AS day, ` +
    `'demo' AS tenant, DATE '2026-11-23' AS date, ${hour} AS hour FROM range(${from}, ${from + count}) numbers(i)`
  );
}
