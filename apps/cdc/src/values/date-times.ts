import type { ColumnValue } from "@footfall/changes";

/** Days from 1970-01-01 in the Gregorian calendar, on and on (year 0 is 1 BC); JavaScript has not all of them. */
function daysOf(year: number, month: number, day: number): number {
  // Years begin in March here, so that the leap day is the last of one.
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

const dateTime = /^(\d+)-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d+))?)?(?:\+00)?( BC)?$/;
const infinite = new Set(["infinity", "-infinity"]);

/** `2026-11-29` → days since 1970-01-01. Infinite dates stay their text: no number says them. */
export function dateDays(text: string): ColumnValue {
  if (infinite.has(text)) return text;
  const { year, month, day } = partsOf(text);
  return daysOf(year, month, day);
}

/** `2026-11-29 10:00:00.123456` → µs since 1970-01-01, as if it were UTC. Infinite ones stay their text. */
export function timestampMicros(text: string): ColumnValue {
  if (infinite.has(text)) return text;
  const { year, month, day, micros } = partsOf(text);
  return exactInteger(BigInt(daysOf(year, month, day)) * 86_400_000_000n + BigInt(micros));
}

/** `2026-11-29 10:00:00.123456+00` → `2026-11-29T10:00:00.123456Z`. Infinite ones stay their text. */
export function timestampUtc(text: string): ColumnValue {
  if (infinite.has(text)) return text;
  const { year, rest } = partsOf(text);
  const digits = `${Math.abs(year)}`;
  // ISO 8601 has a sign and more digits for years that four digits do not say.
  const isPlain = year >= 0 && year <= 9_999;
  return `${isPlain ? digits.padStart(4, "0") : `${year < 0 ? "-" : "+"}${digits.padStart(6, "0")}`}-${rest}Z`;
}

/** `10:00:00.123456` → µs since midnight. */
export function timeMicros(text: string): ColumnValue {
  const [, hour, minute, second, fraction] = /^(\d\d):(\d\d):(\d\d)(?:\.(\d+))?$/.exec(text) ?? [];
  if (hour === undefined) throw new RangeError(`no time: ${text}`);
  return microsOf(hour, minute!, second!, fraction);
}

/** A number where a number is exact. */
export function exactInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function partsOf(text: string) {
  const [, years, month, day, hour, minute, second, fraction, isBefore] = dateTime.exec(text) ?? [];
  if (years === undefined) throw new RangeError(`no date: ${text}`);
  const time = hour === undefined ? "" : `T${hour}:${minute}:${second}${fraction === undefined ? "" : `.${fraction}`}`;
  return {
    year: isBefore ? 1 - Number(years) : Number(years),
    month: Number(month),
    day: Number(day),
    micros: hour === undefined ? 0 : microsOf(hour, minute!, second!, fraction),
    rest: `${month}-${day}${time}`,
  };
}

function microsOf(hour: string, minute: string, second: string, fraction = ""): number {
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
  return seconds * 1_000_000 + Number(fraction.padEnd(6, "0"));
}
