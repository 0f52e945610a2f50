import { expect, test } from "vitest";
import { instantOfShopTime, shopTimeText, shopTomorrow } from "../../src/orders/shop-time.ts";

test.each([
  ["2026-01-15", "19:00", "2026-01-15T18:00:00.000Z", "2026-01-15T19:00:00+01:00"],
  ["2026-07-15", "00:30", "2026-07-14T22:30:00.000Z", "2026-07-15T00:30:00+02:00"],
  ["2026-03-29", "01:59", "2026-03-29T00:59:00.000Z", "2026-03-29T01:59:00+01:00"],
  ["2026-03-29", "03:00", "2026-03-29T01:00:00.000Z", "2026-03-29T03:00:00+02:00"],
  // The clocks skip this hour.
  ["2026-03-29", "02:30", "2026-03-29T01:30:00.000Z", "2026-03-29T03:30:00+02:00"],
  ["2026-10-25", "03:00", "2026-10-25T02:00:00.000Z", "2026-10-25T03:00:00+01:00"],
])("%s %s of the shop's clocks", (date, time, instant, text) => {
  const instantMs = instantOfShopTime({ date, time });
  expect(new Date(instantMs).toISOString()).toBe(instant);
  expect(shopTimeText(instantMs)).toBe(text);
});

test("tomorrow is the shop's, not that of UTC", () => {
  expect(shopTomorrow(Date.UTC(2026, 6, 1, 21, 59))).toBe("2026-07-02");
  expect(shopTomorrow(Date.UTC(2026, 6, 1, 22, 0))).toBe("2026-07-03");
});
