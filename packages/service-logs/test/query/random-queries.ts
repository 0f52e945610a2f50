import * as fc from "fast-check";
import type { LogEntry } from "../../src/log-entry.ts";
import type { LogQuery } from "../../src/query/log-query.ts";

/** Texts of a few words and signs, so that queries do find something. */
export const texts = fc
  .array(
    fc.constantFrom("cart", "Café", "cafe", "e\u0301", "x", "1", " ", "-", "/", ".", "*", '"', "\\", "(", "AND", "ß"),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((pieces) => pieces.join(""));

const textTest = fc.record({ text: texts, openStart: fc.boolean(), openEnd: fc.boolean() });
const numbers = fc.oneof(fc.integer({ min: -5, max: 25 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
const number = numbers.map((value) => value + 0);
const bound = fc.record({ value: number, inclusive: fc.boolean() });
const fieldTest = fc.oneof(
  fc.constant({ kind: "exists" as const }),
  textTest.map((test) => ({ kind: "value" as const, ...test })),
  bound.map((from) => ({ kind: "range" as const, from })),
  bound.map((to) => ({ kind: "range" as const, to })),
  fc.tuple(number, number).map(([from, to]) => ({
    kind: "range" as const,
    from: { value: from, inclusive: true },
    to: { value: to, inclusive: true },
  })),
);
const fields = fc.constantFrom("service", "host", "file", "trace", "http.response.status_code", "user.id", "k8s/app");

const leaf: fc.Arbitrary<LogQuery> = fc.oneof(
  fc.constant({ kind: "all" as const }),
  textTest.map((test) => ({ kind: "words" as const, ...test })),
  fc.record({ kind: fc.constant("field" as const), field: fields, test: fieldTest }),
);

/** Queries as parsing makes them: no list within a list of its kind, none of one part. */
export const queries: fc.Arbitrary<LogQuery> = fc.letrec<{ query: LogQuery }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    tie("query").map((part): LogQuery => ({ kind: "not", part })),
    fc
      .tuple(fc.constantFrom("and" as const, "or" as const), fc.array(tie("query"), { minLength: 2, maxLength: 3 }))
      .map(([kind, parts]): LogQuery => ({
        kind,
        parts: parts.flatMap((part) => (part.kind === kind ? part.parts : [part])),
      })),
  ),
})).query;

export const entries: fc.Arbitrary<LogEntry> = fc.record(
  {
    occurredAtMs: fc.integer({ min: 1, max: 4e12 }),
    observedAtMs: fc.integer({ min: 1, max: 4e12 }),
    severityNumber: fc.integer({ min: 0, max: 24 }),
    severityText: texts,
    body: fc.oneof(texts, fc.string({ unit: "grapheme" })),
    service: texts,
    instance: texts,
    host: texts,
    traceId: fc.constant("0af7651916cd43dd8448eb211c80319c"),
    spanId: fc.constant("b7ad6b7169203331"),
    attributes: fc.dictionary(
      fc.constantFrom("http.response.status_code", "exception.type", "error.type", "user.id", "@timestamp", "message"),
      fc.oneof(texts, fc.integer(), fc.boolean()),
      { noNullPrototype: true },
    ),
    source: fc.record({ path: texts, generation: texts, offset: fc.nat() }),
  },
  {
    requiredKeys: ["occurredAtMs", "observedAtMs", "severityNumber", "body", "service", "instance"],
    noNullPrototype: true,
  },
);
