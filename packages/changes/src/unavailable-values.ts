import { type ColumnValue, type Row, unavailableValue } from "./change-event.ts";

const bytes = [...Buffer.from(unavailableValue)];
const base64 = Buffer.from(unavailableValue).toString("base64");

/**
 * Debezium spells its word for "not sent" in the type of the column: of bytes in base64, of a list as its only item, of
 * a list of numbers as the word's bytes. Here it is one word for all.
 */
export function readUnavailable(row: Row): Row {
  const columns = Object.entries(row);
  if (!columns.some(([, value]) => isUnavailable(value))) return row;
  return Object.fromEntries(columns.map(([name, value]) => [name, isUnavailable(value) ? unavailableValue : value]));
}

function isUnavailable(value: ColumnValue): boolean {
  if (typeof value === "string") return value === base64;
  if (!Array.isArray(value)) return false;
  const items: readonly ColumnValue[] = value;
  if (items.length === 1) return items[0] === unavailableValue || items[0] === base64;
  return items.length === bytes.length && items.every((item, at) => item === bytes[at]);
}
