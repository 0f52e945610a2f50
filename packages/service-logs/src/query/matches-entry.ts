import type { LogEntry, LogValue } from "../log-entry.ts";
import { valuesOf } from "./entry-fields.ts";
import type { FieldTest, LogQuery, TextTest } from "./log-query.ts";
import { foldText, holdsText } from "./tokens.ts";

/** An entry, and its folded body, which several words of a query look into and others need not. */
class Asked {
  /** Absent where only the body is asked about. */
  readonly entry: LogEntry | undefined;
  readonly #body: string;
  #folded: string | undefined;

  constructor(body: string, entry?: LogEntry) {
    this.#body = body;
    this.entry = entry;
  }

  get body(): string {
    return (this.#folded ??= foldText(this.#body));
  }
}
type Test = (asked: Asked) => boolean;

/** Whether an entry is what a query looks for: the meaning of the language, which every index is held to. */
export function matchesEntry(query: LogQuery, entry: LogEntry): boolean {
  return entryMatcher(query)(entry);
}

/** `matchesEntry` of one query, made ready for many entries. */
export function entryMatcher(query: LogQuery): (entry: LogEntry) => boolean {
  const test = testOf(query);
  return (entry) => test(new Asked(entry.body, entry));
}

/** `entryMatcher` that needs the body alone; undefined where the query asks for fields. */
export function bodyMatcher(query: LogQuery): ((body: string) => boolean) | undefined {
  if (asksForFields(query)) return undefined;
  const test = testOf(query);
  return (body) => test(new Asked(body));
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
      return (asked) => tests.every((test) => test(asked));
    }
    case "or": {
      const tests = query.parts.map(testOf);
      return (asked) => tests.some((test) => test(asked));
    }
    case "not": {
      const test = testOf(query.part);
      return (asked) => !test(asked);
    }
    case "words": {
      const part = foldText(query.text);
      return (asked) => holdsText(asked.body, part, !query.openStart, !query.openEnd);
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
