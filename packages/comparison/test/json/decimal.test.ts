import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalText, isRounding, isWithinTolerance, parseDecimal } from "../../src/json/decimal.ts";

const decimal = (text: string) => parseDecimal(text)!;
const mantissas = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });

describe("decimals", () => {
  it("are equal by value, however they are written", () => {
    fc.assert(
      fc.property(mantissas, fc.integer({ min: -30, max: 30 }), fc.nat(5), (mantissa, exponent, zeros) => {
        const text = `${mantissa}e${exponent}`;
        expect(decimalText(`${mantissa}.${"0".repeat(zeros + 1)}e${exponent}`)).toBe(decimalText(text));
        expect(decimalText(`${mantissa * 10n}e${exponent - 1}`)).toBe(decimalText(text));
        expect(decimalText(`${mantissa + 1n}e${exponent}`)).not.toBe(decimalText(text));
      }),
    );
  });

  it("keep to tolerances exactly, absolute and relative", () => {
    expect(isWithinTolerance(decimal("1.01"), decimal("1.00"), { abs: decimal("0.01") })).toBe(true);
    expect(isWithinTolerance(decimal("-1.011"), decimal("-1.00"), { abs: decimal("0.01") })).toBe(false);
    expect(isWithinTolerance(decimal("99"), decimal("100"), { rel: decimal("0.01") })).toBe(true);
    expect(isWithinTolerance(decimal("98.9"), decimal("100"), { rel: decimal("0.01") })).toBe(false);
    expect(isWithinTolerance(decimal("1e999999"), decimal("1"), { abs: decimal("1") })).toBe(false);
  });

  it("are each other's rounding where one has more places and is nearer than one of the last place", () => {
    expect(isRounding(decimal("19.989"), decimal("19.99"))).toBe(true);
    expect(isRounding(decimal("20"), decimal("19.99"))).toBe(true);
    expect(isRounding(decimal("20"), decimal("15.01"))).toBe(false);
    expect(isRounding(decimal("19.98"), decimal("19.99"))).toBe(false);
  });

  it("are none where the text is none, or too long to reckon with", () => {
    const texts = ["", "x", "1.", ".5", "0x1", "1e9999999", "9".repeat(2_000)];
    expect(texts.filter((text) => parseDecimal(text) !== undefined)).toEqual([]);
  });
});
