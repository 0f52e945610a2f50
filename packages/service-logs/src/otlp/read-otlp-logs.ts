import { FlatFields, isObject } from "../formats/flatten.ts";
import { boundEntry, hexOf, withStack } from "../formats/read-fields.ts";
import type { LogEntry } from "../log-entry.ts";
import { logLimits } from "../log-limits.ts";
import { severityNumberOf } from "../severity.ts";
import { anyValueOf, fieldOf, keyValuesOf, listOf } from "./any-value.ts";

export type OtlpLogs =
  | {
      readonly ok: true;
      readonly entries: readonly LogEntry[];
      /** For `partialSuccess` of the answer: how many records are not among the entries, and why; 0 and "" if none. */
      readonly rejectedLogRecords: number;
      readonly errorMessage: string;
    }
  /** The body is no request at all: an answer of 400. */
  | { readonly ok: false; readonly problem: string };

/**
 * The entries of an OTLP/HTTP `ExportLogsServiceRequest`, parsed from JSON. Lenient as receivers are: unknown fields
 * are ignored, a time that cannot be read is that of the observation. Only what is no record, and what is past
 * `otlpRecordsMax`, is rejected.
 */
export function readOtlpLogs(body: unknown, observedAtMs: number): OtlpLogs {
  const resourceLogs = fieldOf(body, "resourceLogs");
  if (!isObject(body) || (resourceLogs !== undefined && !Array.isArray(resourceLogs)))
    return { ok: false, problem: "The body is no ExportLogsServiceRequest: resourceLogs is to be a list." };
  const entries: LogEntry[] = [];
  let malformed = 0;
  let tooMany = 0;
  for (const group of listOf(body, "resourceLogs")) {
    const resource = new Map(keyValuesOf(listOf(fieldOf(group, "resource"), "attributes")));
    for (const scoped of [...listOf(group, "scopeLogs"), ...listOf(group, "instrumentationLibraryLogs")]) {
      const scope = fieldOf(scoped, "scope");
      for (const record of listOf(scoped, "logRecords")) {
        if (!isObject(record)) malformed += 1;
        else if (entries.length >= logLimits.otlpRecordsMax) tooMany += 1;
        else entries.push(entryOf(record, resource, scope, observedAtMs));
      }
    }
  }
  const errorMessage = [
    malformed > 0 ? `${malformed} log records are no objects` : "",
    tooMany > 0 ? `${tooMany} are more than ${logLimits.otlpRecordsMax} of one request: send fewer at a time` : "",
  ];
  return {
    ok: true,
    entries,
    rejectedLogRecords: malformed + tooMany,
    errorMessage: errorMessage.filter((message) => message !== "").join("; "),
  };
}

function entryOf(
  record: Readonly<Record<string, unknown>>,
  resource: ReadonlyMap<string, unknown>,
  scope: unknown,
  observedAtMs: number,
): LogEntry {
  const seenAtMs = nanoMs(fieldOf(record, "observedTimeUnixNano")) ?? observedAtMs;
  const severityText = textOf(fieldOf(record, "severityText"))?.slice(0, 64);
  const fields = attributesOf(record, resource, scope);
  const dropped = Number(fieldOf(record, "droppedAttributesCount") ?? 0);
  const { body, attributes } = boundEntry(
    withStack(bodyOf(record), fields),
    fields,
    Number.isSafeInteger(dropped) && dropped > 0 ? dropped : 0,
  );
  const host = textOf(resource.get("host.name"));
  const service = textOf(resource.get("service.name")) ?? "unknown_service";
  const traceId = hexOf(fieldOf(record, "traceId"), 32);
  const spanId = hexOf(fieldOf(record, "spanId"), 16);
  return {
    occurredAtMs: nanoMs(fieldOf(record, "timeUnixNano")) ?? seenAtMs,
    observedAtMs: seenAtMs,
    severityNumber: severityOf(fieldOf(record, "severityNumber"), severityText),
    ...(severityText !== undefined && { severityText }),
    body,
    service,
    instance: textOf(resource.get("service.instance.id")) ?? host ?? "unknown",
    ...(host !== undefined && { host }),
    ...(traceId !== undefined && { traceId }),
    ...(spanId !== undefined && { spanId }),
    ...(attributes && { attributes }),
  };
}

/** Of the record, its scope and its resource; the nearer one wins a name. */
function attributesOf(record: unknown, resource: ReadonlyMap<string, unknown>, scope: unknown): FlatFields {
  const fields = new FlatFields();
  for (const [name, value] of keyValuesOf(listOf(record, "attributes"))) fields.add(name, value);
  fields.add("event.name", textOf(fieldOf(record, "eventName")));
  const outer = [
    ["otel.scope.name", textOf(fieldOf(scope, "name"))] as const,
    ...keyValuesOf(listOf(scope, "attributes")),
    ...[...resource].filter(([name, value]) => !entryNames.has(name) || textOf(value) === undefined),
  ];
  for (const [name, value] of outer) if (!fields.values.has(name)) fields.add(name, value);
  return fields;
}

/** Attributes of the resource that are fields of the entry. */
const entryNames: ReadonlySet<string> = new Set(["service.name", "service.instance.id", "host.name"]);

function bodyOf(record: unknown): string {
  const body = anyValueOf(fieldOf(record, "body"));
  if (body === undefined) return textOf(fieldOf(record, "eventName")) ?? "";
  return typeof body === "string" ? body : JSON.stringify(body);
}

/** A number of the enum, or its name. */
function severityOf(value: unknown, text: string | undefined): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= 24) return number;
  const named = typeof value === "string" ? severityNumberOf(value) : 0;
  return named === 0 && text !== undefined ? severityNumberOf(text) : named;
}

/** ms of a count of nanoseconds, text or number; 0 says that it is unknown. */
function nanoMs(value: unknown): number | undefined {
  const text = String(value);
  return /^[1-9][0-9]{0,18}$/.test(text) ? Number(BigInt(text) / 1_000_000n) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
