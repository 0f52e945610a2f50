import {
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  type DuckDBValueConverter,
  JSDuckDBValueConverter,
} from "@duckdb/node-api";

const dayMs = 86_400_000;

/**
 * A DuckDB value as rows carry it: instants as ms since the epoch, dates as `2026-11-23`, integers as numbers (as
 * bigint only beyond 2^53), lists and structs as arrays and objects.
 */
export function plainValue(value: DuckDBValue, type: DuckDBType, converter: DuckDBValueConverter<unknown>): unknown {
  if (value === null) return null;
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (typeof value !== "object") return value;
  if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue) {
    return Number(value.micros) / 1000;
  }
  if (value instanceof DuckDBDateValue) return new Date(value.days * dayMs).toISOString().slice(0, 10);
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  return JSDuckDBValueConverter(value, type, converter as typeof JSDuckDBValueConverter);
}
