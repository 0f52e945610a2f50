import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dateDays, timeMicros, timestampMicros, timestampUtc } from "../../src/values/date-times.ts";

/** What JavaScript's own calendar reaches, to the µs. */
const moment = fc.record({
  ms: fc.integer({ min: -130_000_000_000_000, max: Date.UTC(9_999, 11, 31) }),
  micros: fc.integer({ min: 0, max: 999 }),
});

/** As PostgreSQL writes it. */
function textOf(ms: number, micros: number): string {
  const iso = new Date(ms).toISOString();
  const year = new Date(ms).getUTCFullYear();
  const rest = iso.slice(iso.indexOf("-", 1), -1).replace("T", " ");
  const shown = `${year > 0 ? year : 1 - year}`.padStart(4, "0");
  return `${shown}${rest}${`${micros}`.padStart(3, "0")}${year > 0 ? "" : " BC"}`;
}

describe("dates and times", () => {
  it("are where JavaScript's calendar has them, as far as it goes, before Christ too", () => {
    fc.assert(
      fc.property(moment, ({ ms, micros }) => {
        const text = textOf(ms, micros);
        expect(BigInt(timestampMicros(text) as number | bigint)).toBe(BigInt(ms) * 1_000n + BigInt(micros));
        const date = text.replace(/ \d\d:[\d:.]+/, "");
        expect(dateDays(date)).toBe(Math.floor(ms / 86_400_000));
      }),
    );
  });

  it("go past JavaScript's calendar, and past what a number holds", () => {
    expect(timestampMicros("294276-12-31 23:59:59.999999")).toBe(9_224_318_015_999_999_999n);
    expect(timestampUtc("294276-12-31 23:59:59.999999+00")).toBe("+294276-12-31T23:59:59.999999Z");
    expect(timestampUtc("4713-01-01 00:00:00+00 BC")).toBe("-004712-01-01T00:00:00Z");
  });

  it("keep what is infinite as it is (debezium/dbz#1833)", () => {
    for (const read of [dateDays, timestampMicros, timestampUtc]) expect(read("-infinity")).toBe("-infinity");
  });

  it("refuse what is none, instead of saying something wrong", () => {
    expect(() => timestampMicros("29.11.2026 10:00:00")).toThrow("no date: 29.11.2026 10:00:00");
    expect(() => timeMicros("10:00")).toThrow("no time: 10:00");
  });
});
