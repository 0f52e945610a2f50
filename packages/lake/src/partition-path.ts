import { AppError } from "@footfall/base";
import type { PartitionValues, TableSchema } from "./lake.ts";

/** Folder of a partition below the table's: `tenant=demo/date=2026-11-23/hour=7`. Unsafe characters are escaped. */
export function partitionFolder(schema: TableSchema, partition: PartitionValues): string {
  return schema.partitionColumns.map(({ name }) => `${name}=${escapeSegment(partition[name] ?? "")}`).join("/");
}

/**
 * Partition values as the text that paths and the commit log hold. Dates are `2026-11-23`, numbers have no padding.
 * @throws AppError LAKE_SCHEMA_CONFLICT  a value is null, empty or not of the column's type
 */
export function partitionOf(schema: TableSchema, values: Readonly<Record<string, unknown>>): PartitionValues {
  const partition: Record<string, string> = {};
  for (const { name, type } of schema.partitionColumns) {
    const text = String(values[name] ?? "");
    const isValid =
      type === "date" ? /^\d{4}-\d{2}-\d{2}$/.test(text) : type === "string" ? text !== "" : /^-?\d+$/.test(text);
    if (!isValid) {
      throw new AppError("LAKE_SCHEMA_CONFLICT", `Partition column ${name} of ${schema.name} cannot be "${text}".`, {
        context: { table: schema.name, column: name },
      });
    }
    partition[name] = text;
  }
  return partition;
}

/** `encodeURIComponent` leaves `.` and `'` alone: a folder must not be `..`, and quotes confuse shells. */
function escapeSegment(value: string): string {
  return encodeURIComponent(value).replace(/^\.+$|['()*!]/g, (match) =>
    [...match].map((character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`).join(""),
  );
}
