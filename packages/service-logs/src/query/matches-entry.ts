import type { LogEntry, LogValue } from "../log-entry.ts";
import {
  type EntryField,
  entryFields,
  type FieldTest,
  isEntryField,
  isNamed,
  type LogQuery,
  type TextTest,
} from "./log-query.ts";
import { foldText, holdsText } from "./tokens.ts";

/** An entry with its folded body, which several words of a query look into. */
interface Folded {
  readonly entry: LogEntry;
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
      return ({ entry }) => valuesOf(entry, query.field).some(isMet);
    }
  }
}

function valueTest(test: FieldTest): (value: LogValue) => boolean {
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

function valuesOf(entry: LogEntry, field: string): LogValue[] {
  if (isEntryField(field)) {
    const value = entryValue(entry, field);
    return value === undefined ? [] : [value];
  }
  return Object.entries(entry.attributes ?? {}).flatMap(([name, value]) => (isNamed(name, field) ? [value] : []));
}

/** Values of an entry's own fields, by the field; those that it has. */
export function entryValues(entry: LogEntry): [EntryField, LogValue][] {
  return entryFields.flatMap((field): [EntryField, LogValue][] => {
    const value = entryValue(entry, field);
    return value === undefined ? [] : [[field, value]];
  });
}

function entryValue(entry: LogEntry, field: EntryField): LogValue | undefined {
  switch (field) {
    case "level":
      return entry.severityNumber === 0 ? undefined : entry.severityNumber;
    case "service":
      return entry.service;
    case "instance":
      return entry.instance;
    case "host":
      return entry.host;
    case "trace":
      return entry.traceId;
    case "span":
      return entry.spanId;
    case "file":
      return entry.source?.path;
  }
}
