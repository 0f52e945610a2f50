import type { HistogramBucket, IndexedEntry, LogCriteria, LogIndex } from "@footfall/log-index";
import { type FieldTest, type LogEntry, type LogQuery, matchesEntry } from "@footfall/service-logs";
import fc from "fast-check";
import { expect, it } from "vitest";

const words = [
  "error",
  "errors",
  "GET",
  "get_item",
  "Ошибка",
  "été",
  "e\u0301te",
  "10",
  "a",
  "x-y",
  '"q"',
  "NOT",
  "ab*",
  "👟",
].concat(["𐐷", "\u{E000}", "§1", "->", "ΣΊΣ", "\ud801"]);
const word = fc.constantFrom(...words);
const text = fc.array(fc.oneof({ weight: 9, arbitrary: word }, { weight: 1, arbitrary: fc.string() }), {
  maxLength: 6,
});
const sentence = fc.tuple(text, fc.constantFrom(" ", "/", "")).map(([parts, gap]) => parts.join(gap));
const startMs = Date.UTC(2026, 10, 29, 23, 59, 59);
const timeMs = fc.integer({ min: startMs, max: startMs + 2_000 });
const value = fc.oneof(fc.constantFrom(0, 5, 10, 500, -1.5, true, "5", "10", "GET", "get", "/a b"), word, fc.double());

const entry: fc.Arbitrary<LogEntry> = fc.record(
  {
    occurredAtMs: timeMs,
    observedAtMs: timeMs,
    severityNumber: fc.integer({ min: 0, max: 24 }),
    body: sentence,
    service: fc.constantFrom("shop", "Shop", "pay"),
    instance: fc.constantFrom("1", "2"),
    host: word,
    source: fc.record({ path: word, generation: fc.uuid(), offset: fc.constant(0) }),
    attributes: fc.dictionary(
      fc.constantFrom("a.status", "status", "service", "b.service", "\0"),
      value.filter(isPlainNumber),
    ),
  },
  { requiredKeys: ["occurredAtMs", "observedAtMs", "severityNumber", "body", "service", "instance"] },
);

/** JSON has no others. */
function isPlainNumber(found: unknown): boolean {
  return typeof found !== "number" || (Number.isFinite(found) && !Object.is(found, -0));
}

const number = fc.constantFrom(-1, 0, 5, 9, 10, 17, 500);
const bound = fc.record({ value: number, inclusive: fc.boolean() });
const textTest = fc.record({
  text: fc.oneof(
    word,
    sentence.filter((found) => found !== ""),
  ),
  openStart: fc.boolean(),
  openEnd: fc.boolean(),
});
const valueTests = textTest.map((test) => ({ kind: "value" as const, ...test }));
const shopTests = valueTests.map((test) => ({ ...test, text: "SHOP" }));
const fieldTest: fc.Arbitrary<FieldTest> = fc.oneof(
  fc.constant({ kind: "exists" as const }),
  valueTests,
  shopTests,
  bound.map((from) => ({ kind: "range" as const, from })),
  fc.record({ kind: fc.constant("range" as const), from: bound, to: bound }),
);

const query = fc.letrec<{ query: LogQuery }>((tie) => {
  const leaf = fc.oneof(
    fc.constant({ kind: "all" as const }),
    textTest.map((test) => ({ kind: "words" as const, ...test })),
    fc.record({
      kind: fc.constant("field" as const),
      field: fc.constantFrom("service", "instance", "level", "status", "a.status", "host", "file", "absent", "\0"),
      test: fieldTest,
    }),
  );
  const parts = fc.array(tie("query"), { maxLength: 3 });
  return {
    query: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.record({ kind: fc.constantFrom("and" as const, "or" as const), parts }),
      fc.record({ kind: fc.constant("not" as const), part: tie("query") }),
    ),
  };
}).query;

const range = fc.record({ fromMs: timeMs, toMs: timeMs }, { requiredKeys: [] });

function histogramOf(found: readonly IndexedEntry[], bucketMs: number): HistogramBucket[] {
  const buckets = new Map<number, Map<number, number>>();
  for (const {
    entry: { occurredAtMs, severityNumber },
  } of found) {
    const start = Math.floor(occurredAtMs / bucketMs) * bucketMs;
    const counts = buckets.get(start) ?? new Map<number, number>();
    buckets.set(start, counts.set(severityNumber, (counts.get(severityNumber) ?? 0) + 1));
  }
  return [...buckets]
    .map(([at, counts]) => ({ startMs: at, countsBySeverity: counts }))
    .sort((a, b) => a.startMs - b.startMs);
}

async function allPages(index: LogIndex, criteria: LogCriteria, limit: number): Promise<IndexedEntry[]> {
  const found: IndexedEntry[] = [];
  let cursor: string | undefined;
  do {
    const page = await index.search({ ...criteria, limit, order: "oldest", ...(cursor && { cursor }) });
    found.push(...page.entries);
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

/** What an index finds, counts and draws is what `matchesEntry` says of every entry. */
export function logIndexProperties(
  opened: () => { readonly index: LogIndex },
  numRuns: number,
  seed: number | undefined,
): void {
  it("finds exactly the entries that a query means", { timeout: 120_000 }, async () => {
    let entries: readonly IndexedEntry[] = [];
    let next = 0n;
    const grow = async (more: readonly LogEntry[]): Promise<void> => {
      const given = more.map((added, at) => ({ partition: 0, offset: next + BigInt(at), entry: added }));
      const end = next + BigInt(given.length);
      await opened().index.store(given, new Map([["logs-0", end]]), await opened().index.progress());
      next = end;
      entries = [...entries, ...given].sort(
        (a, b) => a.entry.occurredAtMs - b.entry.occurredAtMs || Number(a.offset - b.offset),
      );
    };
    const run = async (more: readonly LogEntry[], queries: readonly LogQuery[], within: object, limit: number) => {
      await grow(more);
      for (const wanted of queries) {
        const criteria: LogCriteria = { query: wanted, ...within };
        const { fromMs = 0, toMs = Number.POSITIVE_INFINITY } = criteria;
        const meant = entries.filter(
          ({ entry: found }) =>
            found.occurredAtMs >= fromMs && found.occurredAtMs < toMs && matchesEntry(wanted, found),
        );
        expect(await allPages(opened().index, criteria, limit)).toEqual(meant);
        expect(await opened().index.count(criteria)).toBe(meant.length);
        expect(await opened().index.histogram({ ...criteria, bucketMs: 700 })).toEqual(histogramOf(meant, 700));
      }
    };
    const inputs = [
      fc.array(entry, { maxLength: 8 }),
      fc.array(query, { minLength: 1, maxLength: 6 }),
      range,
      fc.integer({ min: 1, max: 50 }),
    ] as const;
    await fc.assert(fc.asyncProperty(...inputs, run), { numRuns, ...(seed !== undefined && { seed }) });
  });
}
