import type { LogEntry, LogValue } from "./log-entry.ts";

/** An entry as a document of OpenSearch: flat, with the field names of the Elastic Common Schema. */
export type EcsDocument = Readonly<Record<string, LogValue | Readonly<Record<string, LogValue>>>>;

/** Fields of an entry that are one value of a document. */
const entryFields = [
  ["severityText", "log.level"],
  ["severityNumber", "event.severity"],
  ["body", "message"],
  ["service", "service.name"],
  ["instance", "service.node.name"],
  ["host", "host.name"],
  ["traceId", "trace.id"],
  ["spanId", "span.id"],
] as const;
const sourceFields = [
  ["path", "log.file.path"],
  ["generation", "log.file.fingerprint"],
  ["offset", "log.offset"],
] as const;

/**
 * Attributes that have fields of their own in a document, with their type there; a value of another type would have the
 * whole document refused. All others stand in the one field `attributes`, so that no service can use up the index's
 * fields, or claim one as text that is an object for another.
 */
const attributeFields: readonly (readonly [otel: string, ecs: string, type: "string" | "number"])[] = [
  ["exception.type", "error.type", "string"],
  ["exception.message", "error.message", "string"],
  ["exception.stacktrace", "error.stack_trace", "string"],
  ["event.name", "event.action", "string"],
  ["service.version", "service.version", "string"],
  ["deployment.environment.name", "service.environment", "string"],
  ["http.request.method", "http.request.method", "string"],
  ["http.request.referrer", "http.request.referrer", "string"],
  ["http.response.status_code", "http.response.status_code", "number"],
  ["http.response.body.bytes", "http.response.body.bytes", "number"],
  ["url.original", "url.original", "string"],
  ["url.path", "url.path", "string"],
  ["url.query", "url.query", "string"],
  ["source.address", "source.address", "string"],
  ["client.address", "client.address", "string"],
  ["user_agent.original", "user_agent.original", "string"],
  ["user.name", "user.name", "string"],
  ["thread.name", "process.thread.name", "string"],
];
const ecsOfAttribute = new Map(attributeFields.map(([otel, ecs, type]) => [otel, { ecs, type }]));

/** The document of an entry; `fromEcsDocument` makes the same entry of it. */
export function toEcsDocument(entry: LogEntry): EcsDocument {
  const document: Record<string, LogValue | Record<string, LogValue>> = {
    "@timestamp": new Date(entry.occurredAtMs).toISOString(),
    "event.created": new Date(entry.observedAtMs).toISOString(),
  };
  for (const [field, ecs] of entryFields) if (entry[field] !== undefined) document[ecs] = entry[field];
  for (const [field, ecs] of sourceFields) if (entry.source) document[ecs] = entry.source[field];
  const others: [string, LogValue][] = [];
  for (const [name, value] of Object.entries(entry.attributes ?? {})) {
    const known = ecsOfAttribute.get(name);
    if (known?.type === typeof value) document[known!.ecs] = value;
    else others.push([name, value]);
  }
  if (others.length > 0 || isEmpty(entry.attributes)) document["attributes"] = Object.fromEntries(others);
  return document;
}

/** The entry of a document that `toEcsDocument` made. */
export function fromEcsDocument(document: EcsDocument): LogEntry {
  const attributes: [string, LogValue][] = [];
  for (const [otel, ecs] of attributeFields) {
    const value = document[ecs];
    if (value !== undefined) attributes.push([otel, value as LogValue]);
  }
  attributes.push(...Object.entries((document["attributes"] ?? {}) as Record<string, LogValue>));
  const source = pick(document, sourceFields);
  return {
    occurredAtMs: Date.parse(document["@timestamp"] as string),
    observedAtMs: Date.parse(document["event.created"] as string),
    ...pick(document, entryFields),
    ...((attributes.length > 0 || isEmpty(document["attributes"])) && { attributes: Object.fromEntries(attributes) }),
    ...("path" in source && { source }),
  } as LogEntry;
}

function isEmpty(attributes: unknown): boolean {
  return attributes !== undefined && Object.keys(attributes as object).length === 0;
}

function pick(document: EcsDocument, fields: readonly (readonly [field: string, ecs: string])[]): object {
  return Object.fromEntries(
    fields.flatMap(([field, ecs]) => (document[ecs] === undefined ? [] : [[field, document[ecs]]])),
  );
}
