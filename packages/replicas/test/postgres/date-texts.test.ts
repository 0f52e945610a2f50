import fc from "fast-check";
import { expect, it } from "vitest";
import { dateText, timestampText, timestampUtcText, timeText } from "../../src/postgres/date-texts.ts";

const dayMs = 86_400_000;
/** Years 1 to 9999, which JavaScript writes with four digits. */
const day = fc.integer({ min: Date.UTC(1, 0, 1) / dayMs - 693_596, max: Date.UTC(9999, 11, 31) / dayMs });

it("writes days and microseconds as the calendar has them", () => {
  fc.assert(
    fc.property(day, fc.nat(86_399_999), fc.nat(999), (days, ms, micros) => {
      const date = new Date(days * dayMs + ms);
      fc.pre(date.getUTCFullYear() > 0);
      const iso = date.toISOString();
      expect(dateText(days)).toBe(iso.slice(0, 10));
      const digits = `${iso.slice(11, 23)}${String(micros).padStart(3, "0")}`;
      const total = BigInt(days * dayMs + ms) * 1_000n + BigInt(micros);
      expect(timestampText(total)).toBe(`${iso.slice(0, 10)} ${digits}`);
      expect(timeText(ms * 1_000 + micros)).toBe(digits);
      expect(timestampUtcText(iso)).toBe(`${iso.slice(0, 10)} ${iso.slice(11, 23)}+00`);
    }),
  );
});

it("writes years before 1, those of many digits, and infinite ones as PostgreSQL does", () => {
  expect(dateText(-735_160)).toBe("0044-03-15 BC");
  expect(timestampText(9_224_318_015_999_999_999n)).toBe("294276-12-31 23:59:59.999999");
  expect(timestampText(-1)).toBe("1969-12-31 23:59:59.999999");
  expect(timestampUtcText("0000-01-01T00:00:00Z")).toBe("0001-01-01 00:00:00+00 BC");
  expect(timestampUtcText("-000043-03-15T01:02:03.5Z")).toBe("0044-03-15 01:02:03.5+00 BC");
  expect(timestampUtcText("+012026-01-01T00:00:00Z")).toBe("12026-01-01 00:00:00+00");
  expect(timeText(86_400_000_000)).toBe("24:00:00.000000");
  for (const write of [dateText, timestampText, timestampUtcText]) expect(write("-infinity")).toBe("-infinity");
});
