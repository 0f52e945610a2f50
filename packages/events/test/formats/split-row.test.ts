import * as fc from "fast-check";
import { expect, it } from "vitest";
import { splitRow } from "../../src/formats/index.ts";

it.each([
  ["a,b,c", ["a", "b", "c"]],
  ["a,,", ["a", "", ""]],
  ['"a","b, c","d ""e"""', ["a", "b, c", 'd "e"']],
  ['a, "b" ,\tc ', ["a", "b", "c"]],
  ['24" TV,b', ['24" TV', "b"]],
  ['""', [""]],
  ["", [""]],
])("%s", (line, cells) => expect(splitRow(line, ",")).toEqual({ cells }));

it.each([
  ['a,"Best" TV,c', "text follows the closing quote of column 2"],
  ['a,"24\\" TV",c', "text follows the closing quote of column 2"],
  ['a,"b,c', "the quote of column 2 is never closed"],
  ['"a""', "the quote of column 1 is never closed"],
])("%s is refused", (line, problem) => expect(splitRow(line, ",")).toEqual({ problem }));

it("gives back the cells that were written, whatever they hold", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\t", " ", "é") }).map((text) => text.trim());
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1 }), fc.constantFrom("," as const, "\t" as const), (cells, delimiter) => {
      const line = cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(delimiter);
      expect(splitRow(line, delimiter)).toEqual({ cells });
    }),
  );
});
