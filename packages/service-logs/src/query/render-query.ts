import { levelNameOf, levelRangeOf } from "../severity.ts";
import type { FieldTest, LogQuery, TextTest } from "./log-query.ts";

/** The text of a query, for links; `parseQuery` makes the same query of it. */
export function renderQuery(query: LogQuery): string {
  switch (query.kind) {
    case "all":
      return "*";
    case "and":
      return query.parts.map((part) => (part.kind === "or" ? `(${renderQuery(part)})` : renderQuery(part))).join(" ");
    case "or":
      return query.parts.map(renderQuery).join(" OR ");
    case "not":
      return isList(query.part) ? `-(${renderQuery(query.part)})` : `-${renderQuery(query.part)}`;
    case "words":
      return renderText(query);
    case "field":
      return `${query.field}:${renderTest(query.field, query.test)}`;
  }
}

function isList({ kind }: LogQuery): boolean {
  return kind === "and" || kind === "or";
}

function renderTest(field: string, test: FieldTest): string {
  switch (test.kind) {
    case "exists":
      return "*";
    case "value":
      return renderText(test);
    case "range":
      return renderRange(field, test);
  }
}

function renderRange(field: string, { from, to }: FieldTest & { kind: "range" }): string {
  if (from === undefined) return `<${to!.inclusive ? "=" : ""}${to!.value}`;
  if (to === undefined) return `>${from.inclusive ? "=" : ""}${from.value}`;
  const level = field === "level" ? levelNameOf(from.value) : undefined;
  const range = level && levelRangeOf(level);
  if (level && range?.from === from.value && range.to === to.value) return level;
  return `[${from.value} TO ${to.value}]`;
}

/** A word that reads as itself: no blank, no quote, and nothing that means something at its place. */
const plainWord = /^(?!\/\/)[\p{L}\p{N}_.,/@#%&+$][\p{L}\p{N}_.,/@#%&+$'=-]*$/u;

function renderText({ text, openStart, openEnd }: TextTest): string {
  const isPlain = plainWord.test(text) && text !== "AND" && text !== "OR" && text !== "NOT";
  const word = isPlain ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
  return `${openStart ? "*" : ""}${word}${openEnd ? "*" : ""}`;
}
