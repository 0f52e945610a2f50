import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseQuery } from "../../src/query/parse-query.ts";
import { renderQuery } from "../../src/query/render-query.ts";
import { queries } from "./random-queries.ts";

const pieces = fc.constantFrom(
  "a",
  "AND",
  "OR",
  "NOT",
  "-",
  "(",
  ")",
  '"',
  "*",
  ":",
  "level:",
  "level:>=warn",
  "status:",
  "[1 TO 2]",
  ">",
  "\\",
  " ",
);
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(pieces).map((list) => list.join("")),
);

describe("parseQuery", () => {
  it("understands or refuses any text, and what it understands can be rendered and read again", () => {
    let understood = 0;
    fc.assert(
      fc.property(anyText, (text) => {
        const parsed = parseQuery(text);
        if (parsed.ok) {
          understood += 1;
          expect(parseQuery(renderQuery(parsed.query))).toEqual(parsed);
        } else {
          expect(parsed.position).toBeGreaterThanOrEqual(0);
          expect(parsed.position).toBeLessThanOrEqual(text.length);
          expect(parsed.hint).not.toBe("");
        }
      }),
      { numRuns: 2_000 },
    );
    expect(understood).toBeGreaterThan(200);
  });

  it("reads what was rendered", () => {
    fc.assert(
      fc.property(queries, (query) => {
        expect(parseQuery(renderQuery(query))).toEqual({ ok: true, query });
      }),
      { numRuns: 1_000 },
    );
  });
});
