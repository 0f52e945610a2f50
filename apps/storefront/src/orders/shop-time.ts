/** Where the shop's clocks hang. */
const zone = "Europe/Berlin";
const minuteMs = 60_000;

const wallClock = new Intl.DateTimeFormat("en-CA", {
  timeZone: zone,
  hourCycle: "h23",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
});

/** What the shop's clocks are ahead of UTC at an instant, ms. */
function offsetMs(instantMs: number): number {
  const parts = new Map(wallClock.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]));
  const [year, month, day, hour, minute] = (["year", "month", "day", "hour", "minute"] as const).map((p) =>
    parts.get(p)!,
  );
  return Date.UTC(year!, month! - 1, day, hour, minute) - Math.floor(instantMs / minuteMs) * minuteMs;
}

/** The instant at which the shop's clocks show a date and time, ms since the epoch; past the gap where they skip it. */
export function instantOfShopTime({ date, time }: { readonly date: string; readonly time: string }): number {
  const wallMs = Date.parse(`${date}T${time}:00Z`);
  const firstGuessMs = wallMs - offsetMs(wallMs);
  return wallMs - offsetMs(firstGuessMs);
}

/** The date and time that the shop's clocks show, with what they are ahead of UTC: `2026-11-30T19:00:00+01:00`. */
export function shopTimeText(instantMs: number): string {
  const aheadMs = offsetMs(instantMs);
  const wall = new Date(instantMs + aheadMs).toISOString().slice(0, 19);
  const ahead = new Date(aheadMs).toISOString().slice(11, 16);
  return `${wall}+${ahead}`;
}

/** Tomorrow's date on the shop's clocks. */
export function shopTomorrow(nowMs: number): string {
  return shopTimeText(nowMs + 24 * 60 * minuteMs).slice(0, 10);
}
