import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasInexactNumber } from "../../src/json/inexact-number.ts";

const numRuns = Number(process.env["FC_RUNS"] ?? 200);

describe("numbers that a double would change", () => {
  it("are found wherever they stand, and not within strings", () => {
    const inexact = ["1.50", "-0", "1e3", "1E+2", "9007199254740993", "0.0000001", "10.0", "0.1000000000000000055"];
    for (const number of inexact) {
      for (const text of [number, `[${number}]`, `{"a":1,"b":[2, ${number} ]}`, `{"a\\"":"\\\\","b":${number}}`]) {
        expect([text, hasInexactNumber(text)]).toEqual([text, true]);
      }
      expect(hasInexactNumber(`{"a":"${number}","b\\" ${number}":1}`)).toBe(false);
    }
    for (const text of ["1.5", "0", "-1", '{"a":123456789012345,"b":0.25}', '"', "[true,null]"]) {
      expect(hasInexactNumber(text)).toBe(false);
    }
  });

  it("are none in what JSON.stringify writes plainly", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        // Its exponents are how a double is written: they give it back.
        if (JSON.stringify(JSON.parse(text)) === text) expect(hasInexactNumber(text)).toBe(false);
      }),
      { numRuns },
    );
  });
});
