import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isUuid, seededRandom, uuidv7 } from "../src/index.ts";

describe("uuidv7", () => {
  it("holds its time in the first 48 bits, its version and its variant", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.integer(), (timeMs, seed) => {
        const id = uuidv7(timeMs, seededRandom(seed));
        expect(isUuid(id)).toBe(true);
        expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(timeMs);
        expect(id[14]).toBe("7");
        expect("89ab").toContain(id[19]);
      }),
    );
  });

  it("never repeats within one millisecond of a seeded run", () => {
    const random = seededRandom(1);
    const ids = new Set(Array.from({ length: 20_000 }, () => uuidv7(1_700_000_000_000, random)));
    expect(ids.size).toBe(20_000);
  });
});

describe("isUuid", () => {
  it.each([
    "",
    "0190A1B2-0000-7000-8000-000000000000",
    "0190a1b2000070008000000000000000",
    " 0190a1b2-0000-7000-8000-000000000000",
  ])("refuses %j", (text) => {
    expect(isUuid(text)).toBe(false);
  });
});
