import { readFileSync } from "node:fs";
import { findDataFile } from "@footfall/testkit";
import { describe, expect, it } from "vitest";
import { lineReader } from "../../src/formats/line-reader.ts";
import { matchesEntry } from "../../src/query/matches-entry.ts";
import { parseQuery } from "../../src/query/parse-query.ts";

const path = findDataFile("apache-semicomplete/apache_logs", process.env);

describe.skipIf(path === undefined)("10,000 lines of a web server", () => {
  const lines = path === undefined ? [] : readFileSync(path, "utf8").trimEnd().split("\n");
  const read = lineReader({ format: "combined" });
  const entries = lines.map((line) => ({ ...read(line, 1_795_860_000_000), service: "blog", instance: "blog-1" }));

  function count(query: string): number {
    const parsed = parseQuery(query);
    if (!parsed.ok) throw new Error(parsed.problem);
    return entries.filter((entry) => matchesEntry(parsed.query, entry)).length;
  }

  it("are all read, one of them with an unclosed quote", () => {
    expect(entries.map(({ body }) => body)).toEqual(lines);
    const times = entries.map(({ occurredAtMs }) => occurredAtMs);
    expect(new Date(Math.min(...times)).toISOString()).toBe("2015-05-17T10:05:00.000Z");
    expect(new Date(Math.max(...times)).toISOString()).toBe("2015-05-20T21:05:59.000Z");
    const broken = entries.filter(({ attributes }) => attributes?.["log.parse_error"] !== undefined);
    expect(broken).toHaveLength(1);
    expect(broken[0]).toMatchObject({
      occurredAtMs: Date.parse("2015-05-20T12:05:17Z"),
      attributes: { "url.path": "/scripts/grok-py-test/configlib.py", "http.response.status_code": 200 },
    });
  });

  it("are counted by their fields as the data set's own description counts them, with the broken line", () => {
    const counts = [
      "method:GET",
      "method:HEAD",
      "method:POST",
      "method:OPTIONS",
      "status:200",
      "status:304",
      "status:404",
    ];
    expect(counts.map(count)).toEqual([9_952, 42, 5, 1, 9_126, 445, 213]);
    expect(new Set(entries.map(({ attributes }) => attributes?.["source.address"])).size).toBe(1_753);
  });

  it("are found by text as a scan finds them", () => {
    expect(count("Googlebot")).toBe(lines.filter((line) => /(?<![a-z0-9])googlebot(?![a-z0-9])/i.test(line)).length);
    expect(count("*ogleb*")).toBe(lines.filter((line) => /ogleb/i.test(line)).length);
    expect(count("/blog/geekery -bot")).toBe(
      lines.filter((line) => /\/blog\/geekery(?![a-z0-9])/i.test(line) && !/(?<![a-z0-9])bot(?![a-z0-9])/i.test(line))
        .length,
    );
    expect(count("")).toBe(10_000);
  });
});
