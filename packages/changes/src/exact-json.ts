import { isInteger, isSafeNumber, parse, stringify } from "lossless-json";
import type { ColumnValue } from "./change-event.ts";

/** A text without one holds no number that `JSON.parse` would change. */
const longNumber = /\d[\d.]{15}|\d[eE]/;

/** @throws SyntaxError */
export function parseExactJson(text: string): unknown {
  return longNumber.test(text) ? parse(text, undefined, exactNumber) : JSON.parse(text);
}

export function stringifyExactJson(value: unknown): string {
  return stringify(value) ?? "null";
}

/**
 * A fraction that a double does not hold comes as its text: it was a decimal. What is written as JavaScript writes
 * a double, `1e+308`, was one.
 */
function exactNumber(text: string): ColumnValue {
  if (isSafeNumber(text)) return Number(text);
  if (isInteger(text)) return BigInt(text);
  return String(Number(text)) === text ? Number(text) : text;
}
