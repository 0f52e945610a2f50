/**
 * One entry of a service's log, with the fields of OpenTelemetry's log data model; the value of a record of topic
 * `logs`, as JSON. Key of the record: `logKeyOf`, so that one instance's entries keep their order; of what comes from a
 * file, `logKeyOf` the file's service, whatever its lines name.
 */
export interface LogEntry {
  /** When it happened, as the line says; where it says nothing, `observedAtMs`. */
  readonly occurredAtMs: number;
  /** When the agent or the receiver saw it. */
  readonly observedAtMs: number;
  /** OpenTelemetry's: TRACE 1–4, DEBUG 5–8, INFO 9–12, WARN 13–16, ERROR 17–20, FATAL 21–24; 0 where unknown. */
  readonly severityNumber: number;
  /** The level as the service wrote it. */
  readonly severityText?: string;
  /** What people read: the message, several lines of a stack trace with `\n` between them. */
  readonly body: string;
  /** `service.name`. */
  readonly service: string;
  /** `service.instance.id`: one running copy of the service. */
  readonly instance: string;
  /** `host.name`. */
  readonly host?: string;
  /** Hex, lower case: 32 digits. */
  readonly traceId?: string;
  /** Hex, lower case: 16 digits. */
  readonly spanId?: string;
  /** Further fields, flat: `http.response.status_code` → 500. */
  readonly attributes?: Readonly<Record<string, LogValue>>;
  /** Where it came from; absent where it was sent, not read from a file. */
  readonly source?: LogSource;
}

export type LogValue = string | number | boolean;

/**
 * The place of an entry in a file, and its identity: a line sent again has the same generation and offset, and within
 * a generation offsets only grow.
 */
export interface LogSource {
  /** Where the file was when it was read. */
  readonly path: string;
  /** One life of a file's content, until it is truncated or replaced; unique among all agents. */
  readonly generation: string;
  /** Byte at which the entry begins. */
  readonly offset: number;
}

/** Topic of service logs. */
export const logsTopic = "logs";

/** Key of an entry's record. */
export function logKeyOf({ service, instance }: Pick<LogEntry, "service" | "instance">): string {
  return `${service}/${instance}`;
}
