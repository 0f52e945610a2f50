const dayMs = 86_400_000;

/**
 * The time at which clocks of the zone showed the same day of the week and time, whole weeks before. Where they showed
 * it twice, the first; where they skipped it, as much later as they skipped.
 */
export function weeksAgo(atMs: number, weeks: number, zone: string): number {
  const local = atMs + offsetMs(atMs, zone) - weeks * 7 * dayMs;
  // The offsets in force a day around are the only ones that can hold then.
  const before = offsetMs(local - dayMs, zone);
  const after = offsetMs(local + dayMs, zone);
  const fitting = [local - before, local - after].filter(
    (candidate) => candidate + offsetMs(candidate, zone) === local,
  );
  return fitting.length > 0 ? Math.min(...fitting) : local - before;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the zone's clocks are ahead of UTC. */
function offsetMs(atMs: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, format);
  }
  const part = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const shown = Date.UTC(part["year"]!, part["month"]! - 1, part["day"], part["hour"], part["minute"], part["second"]);
  return shown - Math.floor(atMs / 1000) * 1000;
}
