import type { LogEntry, LogValue } from "../log-entry.ts";
import { valueOfField } from "./entry-fields.ts";
import type { FieldQuery, LogQuery } from "./log-query.ts";
import { wordsOf } from "./words.ts";

const levels = ["trace", "debug", "info", "warn", "error", "fatal"];

/** The meaning of a query: whether it finds an entry. */
export function matchesEntry(query: LogQuery, entry: LogEntry): boolean {
  switch (query.kind) {
    case "all":
      return true;
    case "word":
    case "phrase":
      return hasWords(entry.body, wordsOf(query.text), false);
    case "prefix":
      return hasWords(entry.body, wordsOf(query.text), true);
    case "substring":
      return entry.body.toLowerCase().includes(query.text.toLowerCase());
    case "field":
      return matchesValue(query, valueOfField(entry, query.field));
    case "and":
      return query.queries.every((part) => matchesEntry(part, entry));
    case "or":
      return query.queries.some((part) => matchesEntry(part, entry));
    case "not":
      return !matchesEntry(query.query, entry);
  }
}

/** Whether a field with this value is found; text compares in any case of letters, numbers as numbers. */
export function matchesValue(query: FieldQuery, value: LogValue | undefined): boolean {
  if (value === undefined) return false;
  if (query.field === "level") {
    const band = Math.max(0, Math.ceil(Number(value) / 4));
    return holds(query.operator, band - (levels.indexOf(query.value.toLowerCase()) + 1));
  }
  if (typeof value === "number") return holds(query.operator, value - Number(query.value));
  const [text, wanted] = [String(value).toLowerCase(), query.value.toLowerCase()];
  return holds(query.operator, text === wanted ? 0 : text < wanted ? -1 : 1);
}

function holds(operator: FieldQuery["operator"], difference: number): boolean {
  switch (operator) {
    case "=":
      return difference === 0;
    case "<":
      return difference < 0;
    case "<=":
      return difference <= 0;
    case ">":
      return difference > 0;
    case ">=":
      return difference >= 0;
  }
}

/** No words are found nowhere. */
function hasWords(body: string, wanted: readonly string[], isLastBegun: boolean): boolean {
  const last = wanted.length - 1;
  if (last < 0) return false;
  const words = wordsOf(body);
  const fits = (word: string | undefined, at: number): boolean =>
    isLastBegun && at === last ? word?.startsWith(wanted[at]!) === true : word === wanted[at];
  return words.some((_, start) => wanted.every((_word, at) => fits(words[start + at], at)));
}
