import { AppError } from "@footfall/base";

/** Instant in ms of a local date and time, which is given as ms as if it were UTC. */
export type TimeZone = (localMs: number) => number;

const hourMs = 3_600_000;
const fixed = /^([+-])([0-1][0-9]):?([0-5][0-9])$/;

/**
 * The zone of times that name none: `UTC`, an offset (`+02:00`), or a name of the IANA data base (`Europe/Berlin`). A
 * local time that a change of the clocks leaves out or repeats is read by the offset of an hour before it.
 * @throws AppError CONFIG_INVALID
 */
export function timeZone(name: string): TimeZone {
  if (name === "UTC" || name === "Z") return (localMs) => localMs;
  const [, sign, hours, minutes] = fixed.exec(name) ?? [];
  if (sign !== undefined) {
    const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === "-" ? -1 : 1);
    return (localMs) => localMs - offsetMs;
  }
  const offsetAt = offsetReader(name);
  return (localMs) => {
    const guessMs = localMs - offsetAt(localMs);
    return localMs - offsetAt(Math.min(guessMs, localMs - offsetAt(guessMs - hourMs)));
  };
}

function offsetReader(timeZoneName: string): (utcMs: number) => number {
  const parts = ["year", "month", "day", "hour", "minute", "second"] as const;
  let format: Intl.DateTimeFormat;
  try {
    const options = Object.fromEntries(parts.map((part) => [part, "numeric"]));
    format = new Intl.DateTimeFormat("en-US", { ...options, timeZone: timeZoneName, hourCycle: "h23", era: "short" });
  } catch (cause) {
    throw new AppError(
      "CONFIG_INVALID",
      `"${timeZoneName}" is no time zone: write UTC, an offset such as +02:00, or a name such as Europe/Berlin`,
      { cause },
    );
  }
  // Lines that follow each other are mostly of one quarter of an hour, within which no zone changes its offset.
  let knownQuarter = Number.NaN;
  let knownMs = 0;
  return (utcMs) => {
    const quarter = Math.floor(utcMs / (hourMs / 4));
    if (quarter === knownQuarter) return knownMs;
    const startMs = quarter * (hourMs / 4);
    const shown = new Map(format.formatToParts(startMs).map(({ type, value }) => [type as string, Number(value)]));
    const [year, month, day, hour, minute, second] = parts.map((part) => shown.get(part)!);
    knownMs = Date.UTC(year!, month! - 1, day, hour, minute, second) - startMs;
    knownQuarter = quarter;
    return knownMs;
  };
}
