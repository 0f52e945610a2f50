import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseExactJson, stringifyExactJson } from "../src/exact-json.ts";

describe("exact JSON", () => {
  it("keeps integers past 2^53 and decimals of many digits", () => {
    const text = '{"id":9007199254740993,"low":-9223372036854775808,"price":12345678901234567.89,"n":1.5,"big":1e400}';
    expect(parseExactJson(text)).toEqual({
      id: 9007199254740993n,
      low: -9223372036854775808n,
      price: "12345678901234567.89",
      n: 1.5,
      big: "1e400",
    });
  });

  it("takes numbers that differ only in writing as numbers", () => {
    expect(parseExactJson("[1.500000000000000000, 15e-1, 1E2, -0.0000000000000000, 0.1e1]")).toEqual([
      1.5, 1.5, 100, -0, 1,
    ]);
  });

  it("takes doubles of any size for numbers, as JavaScript writes them", () => {
    for (const double of [1e308, 5e-324, 3.4028235e38, -1.7976931348623157e308]) {
      expect(parseExactJson(stringifyExactJson([double]))).toEqual([double]);
    }
  });

  it("gives back what it wrote", () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        fc.string({ unit: "grapheme" }),
        fc
          .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
          .map((n) => (Number.isSafeInteger(Number(n)) ? Number(n) : n)),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Number.isInteger(n) ? 0.5 : n)),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("any"), { maxLength: 4 }),
        fc.dictionary(
          fc.string({ maxLength: 6 }).filter((name) => name !== "__proto__"),
          tie("any"),
          { maxKeys: 4 },
        ),
      ),
    })).any;
    fc.assert(
      fc.property(value, (any) => {
        const again = parseExactJson(stringifyExactJson(any));
        expect(again).toEqual(any);
      }),
      { numRuns: Number(process.env["FC_RUNS"] ?? 300) },
    );
  });

  it("says where no JSON is", () => {
    expect(() => parseExactJson('{"a":')).toThrow(SyntaxError);
    expect(() => parseExactJson('{"a":1234567890123456789,')).toThrow(SyntaxError);
  });
});
