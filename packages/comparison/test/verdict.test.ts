import { describe, expect, it } from "vitest";
import { rateBounds } from "../src/verdict/confidence.ts";

describe("bounds of a rate", () => {
  it("follow the rule of three where nothing differs", () => {
    expect(rateBounds(0, 300)).toEqual({ method: "rule of three", lower: 0, upper: 0.01 });
    expect(rateBounds(0, 3_000)?.upper).toBe(0.001);
    expect(rateBounds(0, 0)).toBeUndefined();
  });

  it("are Wilson's interval else", () => {
    // 10 of 100: 5.52 % to 17.44 %, as published for Wilson's interval without continuity correction.
    const bounds = rateBounds(10, 100)!;
    expect([bounds.lower.toFixed(4), bounds.upper.toFixed(4)]).toEqual(["0.0552", "0.1744"]);
    expect(rateBounds(7, 7)?.upper).toBe(1);
  });
});
