/**
 * A search over log entries. `matchesEntry` says what it means; an index may find candidates in any way, but shows only
 * what it matches.
 */
export type LogQuery =
  | { readonly kind: "all" }
  | { readonly kind: "and" | "or"; readonly parts: readonly LogQuery[] }
  | { readonly kind: "not"; readonly part: LogQuery }
  | ({ readonly kind: "words" } & TextTest)
  | { readonly kind: "field"; readonly field: string; readonly test: FieldTest };

/**
 * A text that is looked for without case and Latin diacritics. In the body (`words`) it must begin and end at the
 * border of a token, in a field it must be the whole value, except where an end is open (a star in the query).
 */
export interface TextTest {
  /** As it was written; never empty. It may hold no token at all (`->`): no index of tokens finds it then. */
  readonly text: string;
  readonly openStart: boolean;
  readonly openEnd: boolean;
}

export type FieldTest =
  | { readonly kind: "exists" }
  | ({ readonly kind: "value" } & TextTest)
  /** Numbers only; each bound may be absent, not both. Levels are severity numbers here. */
  | { readonly kind: "range"; readonly from?: NumberBound; readonly to?: NumberBound };

export interface NumberBound {
  readonly value: number;
  /** Whether the value itself belongs to the range. */
  readonly inclusive: boolean;
}

/** Fields of an entry itself; every other name is an attribute's, or the last part of one's. */
export const entryFields = ["level", "service", "instance", "host", "trace", "span", "file"] as const;
export type EntryField = (typeof entryFields)[number];

export function isEntryField(field: string): field is EntryField {
  return (entryFields as readonly string[]).includes(field);
}

/** Other names of fields; the names that people know from other tools. */
const otherNames = new Map<string, string>([
  ["severity", "level"],
  ["log.level", "level"],
  ["service.name", "service"],
  ["service.instance.id", "instance"],
  ["host.name", "host"],
  ["trace_id", "trace"],
  ["trace.id", "trace"],
  ["traceId", "trace"],
  ["span_id", "span"],
  ["span.id", "span"],
  ["spanId", "span"],
  ["log.file.path", "file"],
  ["status", "http.response.status_code"],
  ["method", "http.request.method"],
  ["path", "url.path"],
  ["ip", "source.address"],
  ["agent", "user_agent.original"],
  ["referrer", "http.request.referrer"],
]);

/** The full name of a field that a query names. */
export function fieldOf(name: string): string {
  return otherNames.get(name) ?? name;
}
