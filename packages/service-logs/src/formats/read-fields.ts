import type { LogEntry, LogValue } from "../log-entry.ts";
import { logLimits } from "../log-limits.ts";
import { isServiceName } from "../service-name.ts";
import { levelNameOf, severityNumberOf } from "../severity.ts";
import { boundAttributes, type FlatFields, startOf } from "./flatten.ts";
import type { LogTimes } from "./log-time.ts";

/** What a line tells of an entry; the rest is known to who reads the file. */
export interface LineFields extends Omit<LogEntry, "service" | "instance" | "host" | "source"> {
  /** Only where the line names its service. */
  readonly service?: string;
}

/** What a reader of fields has to know besides them. */
export interface LineContext {
  readonly times: LogTimes;
  readonly observedAtMs: number;
}

/** Names under which libraries write the same thing; the first that can be read counts. */
const timeNames = [
  "@timestamp",
  "timestamp",
  "time",
  "ts",
  "Timestamp",
  "datetime",
  "date",
  "asctime",
  "timeMillis",
  "@t",
];
const levelNames = [
  "level",
  "log.level",
  "severity",
  "severityText",
  "severity_text",
  "SeverityText",
  "levelname",
  "lvl",
  "loglevel",
  "logLevel",
  "log_level",
  "@l",
];
const severityNumberNames = ["severityNumber", "severity_number", "SeverityNumber"];
const messageNames = ["message", "msg", "body", "Body", "event", "short_message", "textPayload", "@m", "@mt", "log"];
const traceNames = ["trace_id", "traceId", "trace.id", "TraceId", "traceid", "otelTraceID"];
const spanNames = ["span_id", "spanId", "span.id", "SpanId", "spanid", "otelSpanID"];
const serviceNames = ["service.name", "service", "serviceName", "service_name", "resource.service.name"];
/** Errors as pino, ECS and others nest them, and what OpenTelemetry calls their parts. */
const errorNames = ["err", "error", "exception"].flatMap((error) => [
  [`${error}.type`, "exception.type"] as const,
  [`${error}.name`, "exception.type"] as const,
  [`${error}.message`, "exception.message"] as const,
]);
const stackNames = [
  "exception.stacktrace",
  "error.stack_trace",
  "stack_trace",
  "err.stack",
  "error.stack",
  "exception.stack",
  "stack",
];

/**
 * The entry that named values tell of, by the names of the common logging libraries. Values that no part of the entry
 * is made of become attributes. A stack trace is read on in the body, where people look for it.
 * @param line  The body where the values have no message
 */
export function entryOfFields(fields: FlatFields, line: string, { times, observedAtMs }: LineContext): LineFields {
  const occurredAtMs =
    takeInstant(fields) ??
    fields.take(timeNames, (value) => (typeof value === "boolean" ? undefined : times.read(value, observedAtMs)));
  const severity = takeSeverity(fields);
  const message = fields.take(messageNames, textOf);
  const traceId = fields.take(traceNames, (value) => hexOf(value, 32));
  const spanId = fields.take(spanNames, (value) => hexOf(value, 16));
  const service = fields.take(severity.byNumber ? [...serviceNames, "name"] : serviceNames, nameOf);
  nameErrorParts(fields);
  const text = message === undefined ? line : withStack(message.replace(/\r?\n$/, ""), fields);
  const { body, attributes } = boundEntry(text, fields);
  return {
    occurredAtMs: occurredAtMs ?? observedAtMs,
    observedAtMs,
    severityNumber: severity.number,
    ...(severity.text !== undefined && { severityText: severity.text }),
    body,
    ...(service !== undefined && { service }),
    ...(traceId !== undefined && { traceId }),
    ...(spanId !== undefined && { spanId }),
    ...(attributes && { attributes }),
  };
}

/** A body and attributes within their bounds; what is cut off the body is counted in attribute `log.body_cut`. */
export function boundEntry(
  body: string,
  fields: FlatFields,
  dropped = 0,
): { body: string; attributes: Record<string, LogValue> | undefined } {
  const attributes = boundAttributes(fields, dropped);
  if (body.length <= logLimits.bodyLengthMax) return { body, attributes };
  const start = startOf(body, logLimits.bodyLengthMax);
  return { body: start, attributes: { ...attributes, "log.body_cut": body.length - start.length } };
}

/** A message with the stack trace that stands beside it, if it does not hold it already. */
export function withStack(message: string, fields: FlatFields): string {
  const stack = fields.take(stackNames, (value) => (String(value).includes("\n") ? String(value) : undefined));
  return stack === undefined || message.includes(stack) ? message : `${message}\n${stack}`;
}

interface Severity {
  readonly number: number;
  readonly text?: string;
  /** As pino and bunyan do, whose `name` is that of the service. */
  readonly byNumber: boolean;
}

function takeSeverity(fields: FlatFields): Severity {
  const given = fields.take(severityNumberNames, (value) => {
    const number = Number(value);
    return Number.isInteger(number) && number > 0 && number <= 24 ? number : undefined;
  });
  const level = fields.take(levelNames, levelOf);
  if (level === undefined) return { number: given ?? 0, byNumber: false };
  const number = given ?? severityNumberOf(level);
  // A number is no word of the service's: the level's name stands for it.
  const text = typeof level === "string" ? level : levelNameOf(number);
  return { number, ...(text !== undefined && { text: startOf(text, 64) }), byNumber: typeof level === "number" };
}

/** Any word, but only numbers that are levels. */
function levelOf(value: LogValue): string | number | undefined {
  if (typeof value === "number") return severityNumberOf(value) === 0 ? undefined : value;
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Log4j's JSON layout has the time as two numbers. */
function takeInstant(fields: FlatFields): number | undefined {
  const second = fields.values.get("instant.epochSecond");
  const nanosecond = fields.values.get("instant.nanoOfSecond") ?? 0;
  if (typeof second !== "number" || typeof nanosecond !== "number") return undefined;
  fields.values.delete("instant.epochSecond");
  fields.values.delete("instant.nanoOfSecond");
  return second * 1_000 + Math.floor(nanosecond / 1e6);
}

function nameErrorParts(fields: FlatFields): void {
  for (const [name, otel] of errorNames) {
    const value = name === otel ? undefined : fields.values.get(name);
    if (value === undefined || fields.values.has(otel)) continue;
    fields.values.delete(name);
    fields.values.set(otel, value);
  }
}

function textOf(value: LogValue): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** What is no name of a service stays an attribute, and the entry is one of the service that the file is said to be. */
function nameOf(value: LogValue): string | undefined {
  return typeof value === "string" && isServiceName(value) ? value : undefined;
}

/** An id of OpenTelemetry's: hex digits, not all of them zero, in lower case. */
export function hexOf(value: unknown, digits: 16 | 32): string | undefined {
  if (typeof value !== "string" || value.length !== digits) return undefined;
  return /^[0-9a-f]+$/i.test(value) && !/^0+$/.test(value) ? value.toLowerCase() : undefined;
}
