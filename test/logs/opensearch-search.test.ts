import { OpenSearchLogIndex } from "@footfall/log-index/opensearch";
import { type LogEntry, type LogQuery, matchesEntry, parseQuery } from "@footfall/service-logs";
import { beforeAll, expect, it } from "vitest";
import { describeWithOpenSearch } from "./opensearch-or-skip.ts";

const noonMs = Date.UTC(2026, 10, 29, 12);
const long = "x".repeat(300);

const bodies = [
  "GET /cart/items 500",
  "get cart items",
  `word ${long} after`,
  `${"y".repeat(200)} edge`,
  "half \ud83d letter",
  "whole 👟 letter, 𝒜 too",
  "paid 10.50 EUR -> ok",
  "Ошибка ΣΊΣΥΦΟΣ été",
  "a*b?c\\d",
  "",
];
const attributes: LogEntry["attributes"][] = [
  { "http.response.status_code": 500, "user.id": "u*1" },
  { "http.response.status_code": "500", cached: false },
  { "exception.stacktrace": `at ${long}`, "app.user.id": "U?1" },
  { ["n".repeat(400)]: "value" },
  { note: "a\0b" },
  { note: "half \ud83d", "a=b": "c", a: "b=c" },
  { note: "10", ratio: -0.5, big: 1e300 },
  { service: "not the service", "x.level": 3, "": "empty", "trailing.": 1 },
  { note: "x".repeat(200) },
  {},
];
const entries = bodies.map((body, at): LogEntry => ({
  occurredAtMs: noonMs + at,
  observedAtMs: noonMs,
  severityNumber: at % 2 === 0 ? 9 : 17,
  body,
  service: at % 2 === 0 ? "shop" : "Pay",
  instance: "1",
  attributes: attributes[at]!,
}));

const words = (text: string, openStart = false, openEnd = false): LogQuery => ({
  kind: "words",
  text,
  openStart,
  openEnd,
});
const ends = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;
const wordTexts = [
  "cart",
  "art",
  "cart/items",
  "cart items",
  long,
  long.slice(1),
  "y".repeat(200),
  `word ${long} after`,
];
const oddTexts = [
  "\ud83d",
  "letter \ud83d",
  "👟",
  "𝒜",
  "->",
  "10.50",
  "*",
  "a*b",
  "?c",
  "\\d",
  "σίσυφος",
  "ETE",
  "\u0301",
  "\0",
];
const fieldNames = [
  "status_code",
  "http.response.status_code",
  "user.id",
  "id",
  "note",
  "service",
  "level",
  "",
  "a",
  "a=b",
];
const moreNames = [
  "trailing.",
  "ratio",
  "big",
  "cached",
  "n".repeat(400),
  "exception.stacktrace",
  "stacktrace",
  "none",
];
const valueTexts = [
  "500",
  "50",
  "U*1",
  "u?1",
  "b",
  "a\0b",
  "\0",
  "\ud83d",
  "b=c",
  "c",
  "shop",
  "pay",
  "",
  "x".repeat(200),
  "at",
  long,
];

function fieldQueries(field: string): LogQuery[] {
  const bound = (value: number, inclusive: boolean) => ({ value, inclusive });
  return [
    { kind: "field", field, test: { kind: "exists" } },
    ...valueTexts.flatMap((text) =>
      ends.map(([openStart, openEnd]): LogQuery => ({
        kind: "field",
        field,
        test: { kind: "value", text, openStart, openEnd },
      })),
    ),
    ...[-0.5, 0, 3, 500, 1e300].flatMap((value): LogQuery[] => [
      { kind: "field", field, test: { kind: "range", from: bound(value, true) } },
      { kind: "field", field, test: { kind: "range", from: bound(value, false), to: bound(600, true) } },
      { kind: "field", field, test: { kind: "range", to: bound(value, false) } },
    ]),
  ];
}

describeWithOpenSearch("searches in OpenSearch", (server) => {
  let index: OpenSearchLogIndex;
  beforeAll(async () => {
    index = await OpenSearchLogIndex.open({ url: server().url, replicas: 0, refresh: "wait_for" });
    const indexed = entries.map((entry, at) => ({ partition: 0, offset: BigInt(at), entry }));
    await index.store(indexed, new Map([["logs-0", BigInt(entries.length)]]), new Map());
  });

  async function expectMeaning(query: LogQuery): Promise<void> {
    const meant = entries.filter((entry) => matchesEntry(query, entry));
    const what = JSON.stringify(query).slice(0, 200);
    const found = await index.search({ query, limit: 100, order: "oldest" });
    expect(
      found.entries.map(({ entry }) => entry),
      what,
    ).toEqual(meant);
    expect(await index.count({ query }), what).toBe(meant.length);
  }

  it("means by a word what the language means, also long, odd and torn ones", async () => {
    for (const text of [...wordTexts, ...oddTexts]) {
      for (const [openStart, openEnd] of ends) {
        await expectMeaning(words(text, openStart, openEnd));
        await expectMeaning({ kind: "not", part: words(text, openStart, openEnd) });
      }
    }
  });

  it("means by a field what the language means, whatever its name, type and length", async () => {
    for (const field of [...fieldNames, ...moreNames]) {
      for (const query of fieldQueries(field)) await expectMeaning({ kind: "or", parts: [query, words("nothing")] });
    }
  });

  it("takes the largest queries of the language", async () => {
    const texts = [
      Array.from({ length: 128 }, (_, at) => `"a b c d e f g ${at}"`).join(" OR "),
      Array.from({ length: 128 }, (_, at) => `-f${at}:*v${at}*`).join(" "),
      `"${"a ".repeat(2_000)}b"`,
      `*${"z".repeat(4_000)}*`,
      `note:*${"z1".repeat(100)}*`,
      `${"NOT (".repeat(32)}cart OR shop${")".repeat(32)}`.replaceAll("NOT (", "NOT ").replaceAll(")", ""),
      `${"(a OR -b (".repeat(16)}cart${"))".repeat(16)}`,
    ];
    for (const text of texts) {
      const parsed = parseQuery(text);
      if (!parsed.ok) throw new Error(`${parsed.problem} at ${parsed.position}: ${text.slice(0, 80)}`);
      await expectMeaning(parsed.query);
    }
  });

  it("gives what it has where a search has read enough, and goes on from there", async () => {
    const small = await OpenSearchLogIndex.open({ url: server().url, replicas: 0, searchEntriesMax: 3 });
    const found: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await small.search({ query: words("->"), limit: 2, ...(cursor && { cursor }) });
      found.push(...page.entries.map(({ entry }) => entry.body));
      pages += 1;
      cursor = page.next;
    } while (cursor !== undefined);
    expect(found).toEqual(["paid 10.50 EUR -> ok"]);
    expect(pages).toBeGreaterThan(1);
  });
});
