import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LogEntry } from "../../src/log-entry.ts";
import { matchesEntry } from "../../src/query/matches-entry.ts";
import { parseQuery } from "../../src/query/parse-query.ts";
import { tokensOf } from "../../src/query/tokens.ts";
import { entries, queries, texts } from "./random-queries.ts";

const plain: LogEntry = {
  occurredAtMs: 1,
  observedAtMs: 2,
  severityNumber: 17,
  body: "",
  service: "cart",
  instance: "cart-1",
};

function finds(query: string, entry: Partial<LogEntry>): boolean {
  const parsed = parseQuery(query);
  if (!parsed.ok) throw new Error(parsed.problem);
  return matchesEntry(parsed.query, { ...plain, ...entry });
}

describe("matchesEntry", () => {
  it.each([
    ["error", "An ERROR occurred"],
    ["cafe", "au CAFÉ"],
    ["café", "au cafe"],
    ["cafe", "au cafe\u0301"],
    ['"cafe noir"', "un café noir"],
    ["foo-bar", "a foo-bar b"],
    ["/blog/geekery", "GET /blog/geekery/x HTTP/1.1"],
    ['"timed out after"', "it Timed out after 5 s"],
    ["time*", "it timed out"],
    ["*med*", "it timed out"],
    ["*med", "it tamed"],
    ['"->"', "a -> b"],
    ["one two", "two and one"],
    ["one OR two", "two"],
    ["-three", "two"],
    ["", "anything"],
    ["ΣΊΣΥΦΟΣ", "σίσυφος"],
  ])("finds %s in a body", (query, body) => {
    expect(finds(query, { body })).toBe(true);
  });

  it.each([
    ["error", "errors"],
    ["error", "terror"],
    ["foo-bar", "foo bar"],
    ["foo-bar", "xfoo-bar foo bar"],
    ["foo-bar", "foo-barn"],
    ['"out after"', "out  after"],
    ["med*", "timed"],
    ["*tim", "timed"],
    ["one two", "one"],
    ["-two", "two"],
    ["a", "𐐷a"],
  ])("does not find %s in %s", (query, body) => {
    expect(finds(query, { body })).toBe(false);
  });

  it("compares fields by their whole value, without case, and numbers by size", () => {
    const attributes = { "http.response.status_code": 503, "url.path": "/blog/a", "user.id": "U-42", cached: true };
    const entry: Partial<LogEntry> = { attributes, traceId: "0af7651916cd43dd8448eb211c80319c" };
    const found = [
      "status:503",
      "status:>=500",
      "status:[500 TO 599]",
      "status:5*",
      "status:<504",
      "path:/BLOG/A",
      "path:/blog*",
      "path:*log*",
      "id:u-42",
      "user.id:u-42",
      "cached:true",
      "level:error",
      "level:>=warn",
      "level:>warn",
      "service:cart",
      "service:c*",
      "trace:0AF7651916CD43DD8448EB211C80319C",
      "status:*",
      "-span:*",
      "-host:*",
      "level:[warn TO error]",
      "level:<=error",
      "-level:>error",
      "level:17",
      "level:*",
    ];
    expect(found.filter((query) => !finds(query, entry))).toEqual([]);
    const missed = [
      "status:50",
      "status:>503",
      "path:/blog",
      "d:u-42",
      "service:car",
      "user.id:>4",
      "level:>error",
      "level:warn",
      "toString:*",
      "constructor:*",
      "instance:cart",
      "503",
    ];
    expect(missed.filter((query) => finds(query, entry))).toEqual([]);
    expect(finds("level:*", { severityNumber: 0 })).toBe(false);
  });

  it("finds every word of a text in it, and whole texts", () => {
    fc.assert(
      fc.property(fc.oneof(texts, fc.string({ unit: "grapheme" })), (body) => {
        for (const word of tokensOf(body))
          expect(
            matchesEntry({ kind: "words", text: word, openStart: false, openEnd: false }, { ...plain, body }),
          ).toBe(true);
        if (body !== "")
          expect(
            matchesEntry({ kind: "words", text: body, openStart: false, openEnd: false }, { ...plain, body }),
          ).toBe(true);
      }),
    );
  });

  it("finds words only where all their tokens follow each other, so that an index of tokens can offer candidates", () => {
    fc.assert(
      fc.property(texts, texts, (text, body) => {
        const found = matchesEntry({ kind: "words", text, openStart: false, openEnd: false }, { ...plain, body });
        if (found)
          expect(` ${tokensOf(body).join(" ")} `).toContain(` ${tokensOf(text).join(" ")} `.replace(/^ {2}$/, " "));
      }),
      { numRuns: 2_000 },
    );
  });

  it("finds by NOT what the query does not find", () => {
    fc.assert(
      fc.property(queries, entries, (query, entry) => {
        expect(matchesEntry({ kind: "not", part: query }, entry)).toBe(!matchesEntry(query, entry));
      }),
    );
  });
});

describe("tokensOf", () => {
  it("are runs of letters and digits, folded", () => {
    expect(tokensOf("GET /Blog/geekery?q=é&n=1_000 — 東京, Ünïcödé Straße")).toEqual([
      "get",
      "blog",
      "geekery",
      "q",
      "e",
      "n",
      "1",
      "000",
      "東京",
      "unicode",
      "straße",
    ]);
  });
});
