import fc from "fast-check";
import { parse } from "lossless-json";
import { describe, expect, it } from "vitest";
import { canonicalText, ExactNumber, exactText, isIdentical, parseExactJson } from "../../src/json/exact-json.ts";

const digits = fc.stringMatching(/^(0|[1-9]\d{0,20})$/);
const numberText = fc
  .tuple(
    fc.constantFrom("", "-"),
    digits,
    fc.stringMatching(/^(\.\d{1,18})?$/),
    fc.stringMatching(/^([eE][+-]?\d{1,2})?$/),
  )
  .map((parts) => parts.join(""));
const scalar = fc.oneof(
  numberText,
  fc.string().map((text) => JSON.stringify(text)),
  fc.constantFrom("null", "true", "false"),
);
const { document } = fc.letrec<{ document: string }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie("document"), { maxLength: 4 }).map((elements) => `[${elements.join(" , ")}]`),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.string(), fc.constant("__proto__")), tie("document")), {
        maxLength: 4,
        selector: ([name]) => name,
      })
      .map((fields) => `{${fields.map(([name, value]) => `${JSON.stringify(name)} :${value}`).join(",")}}`),
  ),
}));

describe("exact JSON", () => {
  it("keeps every number as it was written, by the quick way and by the other", () => {
    fc.assert(
      fc.property(document, (text) => {
        const slowly = parse(text, undefined, { parseNumber: (number) => new ExactNumber(number) });
        const value = parseExactJson(text);
        expect(exactText(value)).toBe(exactText(slowly as typeof value));
        expect(isIdentical(value, slowly as typeof value)).toBe(true);
      }),
      { numRuns: Number(process.env["FC_RUNS"] ?? 300) },
    );
  });

  it("tells apart what was written differently, and gives it one canonical text", () => {
    const twins = [
      ["1", "1.0"],
      ["0", "-0"],
      ["[1e2]", "[100]"],
      ['{"a":0.0000001}', '{"a":1e-7}'],
    ] as const;
    for (const [left, right] of twins) {
      expect(isIdentical(parseExactJson(left), parseExactJson(right))).toBe(false);
      expect(canonicalText(parseExactJson(left))).toBe(canonicalText(parseExactJson(right)));
    }
    expect(isIdentical(parseExactJson('{"a":1,"b":2}'), parseExactJson('{"b":2, "a":1}'))).toBe(true);
    expect(isIdentical(parseExactJson('{"__proto__":1}'), parseExactJson("{}"))).toBe(false);
    expect(canonicalText(parseExactJson("9007199254740993"))).not.toBe(
      canonicalText(parseExactJson("9007199254740992")),
    );
  });

  it("takes the last of a name given twice, by either way", () => {
    expect(exactText(parseExactJson('{"a":1,"a":2}'))).toBe('{"a":2}');
    expect(exactText(parseExactJson('{"a":1.0,"a":2.0}'))).toBe('{"a":2.0}');
  });
});
