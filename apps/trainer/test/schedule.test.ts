import { expect, it } from "vitest";
import { readSchedule } from "../src/schedule.ts";

const at = (text: string): number => Date.parse(text);

it("names the next time, in its zone, also where clocks are changed", () => {
  const nightly = readSchedule("0 3 * * *", "UTC");
  expect(nightly.nextAfter(at("2026-11-29T02:59:59.999Z"))).toBe(at("2026-11-29T03:00:00Z"));
  expect(nightly.nextAfter(at("2026-11-29T03:00:00Z"))).toBe(at("2026-11-30T03:00:00Z"));
  const inVienna = readSchedule("0 3 * * *", "Europe/Vienna");
  expect(inVienna.nextAfter(at("2026-07-01T00:00:00Z"))).toBe(at("2026-07-01T01:00:00Z"));
  expect(inVienna.nextAfter(at("2026-10-24T12:00:00Z"))).toBe(at("2026-10-25T02:00:00Z"));
});

it("knows when nothing follows", () => {
  expect(readSchedule("0 0 30 2 *", "UTC").nextAfter(at("2026-01-01T00:00:00Z"))).toBeUndefined();
});

it.each([
  ["every night", "UTC"],
  ["61 3 * * *", "UTC"],
  ["0 3 * *", "UTC"],
  ["0 3 * * *", "Europe/Nowhere"],
])("refuses %j in %j, and says which setting it is", (expression, zone) => {
  expect(() => readSchedule(expression, zone)).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining(`"${expression}"`) }),
  );
});
