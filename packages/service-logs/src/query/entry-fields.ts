import type { LogEntry, LogValue } from "../log-entry.ts";
import { entryFields, isEntryField, type EntryField } from "./log-query.ts";

/**
 * Shows what queries can ask of an entry: its own fields, and its attributes by their full names. Attributes that are
 * named as an entry's own field cannot be asked for, and are left out.
 */
export function eachField(entry: LogEntry, visit: (name: string, value: LogValue) => void): void {
  for (const name of entryFields) {
    const value = entryValue(entry, name);
    if (value !== undefined) visit(name, value);
  }
  const { attributes = {} } = entry;
  for (const name of Object.keys(attributes)) if (!isEntryField(name)) visit(name, attributes[name]!);
}

/** Whether a field of `eachField` is meant by a field of a query: an attribute by its full name or its last parts. */
export function isMeant(name: string, field: string): boolean {
  return name === field || (!isEntryField(field) && name.endsWith(`.${field}`));
}

/** The values that a query's field has in an entry. */
export function valuesOf(entry: LogEntry, field: string): LogValue[] {
  if (isEntryField(field)) {
    const value = entryValue(entry, field);
    return value === undefined ? [] : [value];
  }
  return Object.entries(entry.attributes ?? {}).flatMap(([name, value]) => (isMeant(name, field) ? [value] : []));
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
