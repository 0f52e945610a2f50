import type { IndexedEntry } from "@footfall/log-index";
import { levelNameOf, type LogValue } from "@footfall/service-logs";
import { filterOfAttribute, filterOfField } from "./filter-of.ts";

export interface ShownField {
  readonly name: string;
  readonly value: LogValue;
  /** Query that finds entries with this value; absent where none can. */
  readonly filter?: string;
}

/** An entry as the page shows it. */
export interface ShownEntry {
  /** `partition-offset-time`, which `around` takes. Offsets are text: they may exceed 2^53. */
  readonly id: string;
  readonly occurredAtMs: number;
  /** Absent where it is unknown. */
  readonly level?: string;
  readonly service: string;
  readonly body: string;
  /** Length of a body that was cut. */
  readonly bodyLength?: number;
  readonly fields: readonly ShownField[];
}

/** A page of lines shall not become one of megabytes; the whole body is in the answer of `around`. */
const bodyLengthMax = 4_096;

/** @param whole  with all of its body */
export function shownEntry({ partition, offset, entry }: IndexedEntry, whole = false): ShownEntry {
  const { occurredAtMs, severityNumber, service, body } = entry;
  const level = levelNameOf(severityNumber);
  const isCut = !whole && body.length > bodyLengthMax;
  return {
    id: `${partition}-${offset}-${occurredAtMs}`,
    occurredAtMs,
    ...(level && { level }),
    service,
    body: isCut ? body.slice(0, bodyLengthMax) : body,
    ...(isCut && { bodyLength: body.length }),
    fields: fieldsOf({ partition, offset, entry }),
  };
}

function fieldsOf({ partition, offset, entry }: IndexedEntry): ShownField[] {
  const { severityNumber, severityText, service, instance, host, traceId, spanId, source, attributes = {} } = entry;
  const level = levelNameOf(severityNumber);
  const own: [string, LogValue | undefined][] = [
    ["service", service],
    ["instance", instance],
    ["host", host],
    ["trace", traceId],
    ["span", spanId],
    ["file", source?.path],
  ];
  const plain: [string, LogValue | undefined][] = [
    ["level as written", severityText],
    ["observed at", new Date(entry.observedAtMs).toISOString()],
    ["place in the file", source && `${source.generation}:${source.offset}`],
    ["place in the log", `${partition}:${offset}`],
  ];
  return [
    ...(level ? [shown("level", level, filterOfField("level", severityNumber))] : []),
    ...own.flatMap(([name, value]) => (value === undefined ? [] : [shown(name, value, filterOfField(name, value))])),
    ...Object.entries(attributes).map(([name, value]) => shown(name, value, filterOfAttribute(name, value))),
    ...plain.flatMap(([name, value]) => (value === undefined ? [] : [shown(name, value)])),
  ];
}

function shown(name: string, value: LogValue, filter?: string): ShownField {
  return { name, value, ...(filter !== undefined && { filter }) };
}
