import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPrice } from "../../src/product/read-price.ts";

const numRuns = Number(process.env["FC_RUNS"] ?? 300);

describe("a price", () => {
  it.each([
    ["12.50 EUR", "12.50", "EUR"],
    ["EUR 12.50", "12.50", "EUR"],
    ["eur12.5", "12.50", "EUR"],
    ["12,50 €", "12.50", "EUR"],
    ["€\u00a012,5", "12.50", "EUR"],
    ["1.234,50 EUR", "1234.50", "EUR"],
    ["1,234.50 USD", "1234.50", "USD"],
    ["US$1,234,567", "1234567.00", "USD"],
    ["1\u202f234,50 €", "1234.50", "EUR"],
    ["CHF 1'234.50", "1234.50", "CHF"],
    ["1’234.– CHF", "1234.00", "CHF"],
    ["12,- EUR", "12.00", "EUR"],
    ["12. EUR", "12.00", "EUR"],
    ["₹1,23,456.70", "123456.70", "INR"],
    ["99 Kč", "99.00", "CZK"],
    ["1200 JPY", "1200.00", "JPY"],
    ["1.234 KWD", "1.234", "KWD"],
    ["0.125 EUR", "0.125", "EUR"],
    ["1234.567 EUR", "1234.567", "EUR"],
    ["007.500 EUR", undefined, undefined],
    [".5", "0.50", undefined],
    [0, "0.00", undefined],
    [1.234, "1.234", undefined],
    [{ value: "12.5", currency: "EUR" }, "12.50", "EUR"],
    [{ amountMicros: "15990000", currencyCode: "USD" }, "15.99", "USD"],
  ])("%j is %s %s", (written, amount, currency) => {
    const price = readPrice(written);
    if (amount === undefined) expect(price).toMatch(/thousandths/);
    else expect(price).toEqual({ amount, currency });
  });

  it.each([
    ["1,234 EUR", /1234 or 1 and 234 thousandths/],
    ["1.234 EUR", /thousandths/],
    ["-5 EUR", /negative/],
    ["EUR −5", /negative/],
    ["free", /no price/],
    ["", /no price/],
    ["5 bananas", /"bananas", which is no currency/],
    ["$5", /--currency/],
    ["5 EUR USD", /no currency/],
    ["EUR 5 USD", /two currencies/],
    ["1.2.3 EUR", /no price/],
    ["12 34 EUR", /no price/],
    ["5-10 EUR", /no currency|no price/],
    [true, /no price/],
    [["5"], /no price/],
    [{ amount: { nested: 1 } }, /without a value/],
    [{ value: 5, currency: "bananas" }, /bananas/],
    ["9".repeat(80), /no price/],
  ])("%j says what is wrong", (written, reason) => {
    expect(readPrice(written)).toMatch(reason);
  });

  it("takes a currency from beside it where it names none, also for a sign of several", () => {
    expect(readPrice("$5", "CAD")).toEqual({ amount: "5.00", currency: "CAD" });
    expect(readPrice("5", "SEK")).toEqual({ amount: "5.00", currency: "SEK" });
    expect(readPrice(12n, "SEK")).toEqual({ amount: "12.00", currency: "SEK" });
    expect(readPrice("5 constructor", "SEK")).toMatch(/no currency/);
    expect(readPrice("5 EUR", "SEK")).toEqual({ amount: "5.00", currency: "EUR" });
  });

  it("is the same however it is written", () => {
    const cents = fc.bigInt({ min: 0n, max: 10n ** 15n });
    const separators = fc.constantFrom([",", "."], [".", ","], [" ", ","], ["'", "."], ["\u202f", ","] as const);
    fc.assert(
      fc.property(cents, separators, fc.boolean(), (amount, [group, point], isBefore) => {
        const whole = `${amount / 100n}`;
        const fraction = `${amount % 100n}`.padStart(2, "0");
        const grouped = whole.replace(/\B(?=(\d{3})+$)/g, group!);
        const number = `${grouped}${point}${fraction}`;
        const price = readPrice(isBefore ? `EUR ${number}` : `${number} €`);
        expect(price).toEqual({ amount: `${whole}.${fraction}`, currency: "EUR" });
      }),
      { numRuns },
    );
  });

  it("is read or refused, whatever it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "grapheme" }), fc.stringMatching(/^[$€ 0-9.,'-]{0,12}$/)), (text) => {
        const price = readPrice(text);
        if (typeof price !== "string") expect(price.amount).toMatch(/^(0|[1-9]\d*)\.\d{2,}$/);
      }),
      { numRuns },
    );
  });
});
