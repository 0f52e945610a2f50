import type { LogEntry, LogValue } from "../log-entry.ts";

const ownFields: Readonly<Record<string, (entry: LogEntry) => LogValue | undefined>> = {
  service: (entry) => entry.service,
  instance: (entry) => entry.instance,
  host: (entry) => entry.host,
  level: (entry) => entry.severityNumber,
  trace_id: (entry) => entry.traceId,
  span_id: (entry) => entry.spanId,
};

/** The fields that a query can name, with their values; `level` is the severity number. */
export function fieldsOf(entry: LogEntry): readonly (readonly [field: string, value: LogValue])[] {
  const fields: [string, LogValue][] = [];
  for (const [field, read] of Object.entries(ownFields)) {
    const value = read(entry);
    if (value !== undefined) fields.push([field, value]);
  }
  for (const [field, value] of Object.entries(entry.attributes ?? {})) {
    if (!Object.hasOwn(ownFields, field)) fields.push([field, value]);
  }
  return fields;
}

/** The value of a field, or undefined where the entry has none. */
export function valueOfField(entry: LogEntry, field: string): LogValue | undefined {
  if (Object.hasOwn(ownFields, field)) return ownFields[field]!(entry);
  const { attributes } = entry;
  return attributes !== undefined && Object.hasOwn(attributes, field) ? attributes[field] : undefined;
}
