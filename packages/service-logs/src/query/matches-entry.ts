import type { LogEntry, LogValue } from "../log-entry.ts";
import { valuesOf } from "./entry-fields.ts";
import type { FieldTest, LogQuery, TextTest } from "./log-query.ts";
import { foldText, holdsText } from "./tokens.ts";

/** An entry with its folded body, which several words of a query look into. */
interface Folded {
  /** Absent where only the body is asked about. */
  readonly entry?: LogEntry;
  readonly body: string;
}
type Test = (folded: Folded) => boolean;

/** Whether an entry is what a query looks for: the meaning of the language, which every index is held to. */
export function matchesEntry(query: LogQuery, entry: LogEntry): boolean {
  return entryMatcher(query)(entry);
}

/** `matchesEntry` of one query, made ready for many entries. */
export function entryMatcher(query: LogQuery): (entry: LogEntry) => boolean {
  const test = testOf(query);
  return (entry) => test({ entry, body: foldText(entry.body) });
}

/** `entryMatcher` that needs the body alone; undefined where the query asks for fields. */
export function bodyMatcher(query: LogQuery): ((body: string) => boolean) | undefined {
  if (asksForFields(query)) return undefined;
  const test = testOf(query);
  return (body) => test({ body: foldText(body) });
}

function asksForFields(query: LogQuery): boolean {
  switch (query.kind) {
    case "field":
      return true;
    case "not":
      return asksForFields(query.part);
    case "and":
    case "or":
      return query.parts.some(asksForFields);
    default:
      return false;
  }
}

function testOf(query: LogQuery): Test {
  switch (query.kind) {
    case "all":
      return () => true;
    case "and": {
      const tests = query.parts.map(testOf);
      return (folded) => tests.every((test) => test(folded));
    }
    case "or": {
      const tests = query.parts.map(testOf);
      return (folded) => tests.some((test) => test(folded));
    }
    case "not": {
      const test = testOf(query.part);
      return (folded) => !test(folded);
    }
    case "words": {
      const part = foldText(query.text);
      return ({ body }) => holdsText(body, part, !query.openStart, !query.openEnd);
    }
    case "field": {
      const isMet = valueTest(query.test);
      return ({ entry }) => entry !== undefined && valuesOf(entry, query.field).some(isMet);
    }
  }
}

/** Whether a value is what is asked of a field. */
export function valueTest(test: FieldTest): (value: LogValue) => boolean {
  switch (test.kind) {
    case "exists":
      return () => true;
    case "value":
      return textTest(test);
    case "range": {
      const { from, to } = test;
      return (value) =>
        typeof value === "number" &&
        (from === undefined || value > from.value || (from.inclusive && value === from.value)) &&
        (to === undefined || value < to.value || (to.inclusive && value === to.value));
    }
  }
}

function textTest({ text, openStart, openEnd }: TextTest): (value: LogValue) => boolean {
  const part = foldText(text);
  return (value) => {
    const whole = foldText(String(value));
    if (openStart) return openEnd ? whole.includes(part) : whole.endsWith(part);
    return openEnd ? whole.startsWith(part) : whole === part;
  };
}
