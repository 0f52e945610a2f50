import type { ColumnValue } from "@footfall/changes";

const dayMicros = 86_400_000_000n;
const isoUtc = /^([+-]?\d{4,6})-(.+)Z$/;

/** Days since 1970-01-01 → `2026-11-29`, or `0044-03-15 BC`. What is no number stays as it is. */
export function dateText(value: ColumnValue): string {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) return String(value);
  const { year, monthDay } = civilDate(value);
  return yearText(year, monthDay);
}

/** µs since midnight → `10:00:00.123456`. */
export function timeText(value: ColumnValue): string {
  if (typeof value !== "number" && typeof value !== "bigint") return String(value);
  return clockText(BigInt(value));
}

/** µs since 1970-01-01 → `2026-11-29 10:00:00.123456`. */
export function timestampText(value: ColumnValue): string {
  if (typeof value !== "bigint" && !(typeof value === "number" && Number.isSafeInteger(value))) return String(value);
  const micros = BigInt(value);
  const withinDay = ((micros % dayMicros) + dayMicros) % dayMicros;
  const { year, monthDay } = civilDate(Number((micros - withinDay) / dayMicros));
  return yearText(year, `${monthDay} ${clockText(withinDay)}`);
}

/** ISO 8601 in UTC, its years with a sign where four digits do not say them → as PostgreSQL reads it. */
export function timestampUtcText(value: ColumnValue): string {
  const text = String(value);
  const [, year, rest] = isoUtc.exec(text) ?? [];
  return year === undefined ? text : yearText(Number(year), `${rest!.replace("T", " ")}+00`);
}

/** PostgreSQL has no year 0: the one before 1 is 1 BC. */
function yearText(year: number, rest: string): string {
  return year > 0 ? `${String(year).padStart(4, "0")}-${rest}` : `${String(1 - year).padStart(4, "0")}-${rest} BC`;
}

/** The Gregorian calendar, on and on. */
function civilDate(days: number): { readonly year: number; readonly monthDay: string } {
  // Counted from 0000-03-01, so that the leap day is the last of a year.
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leapDays = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, monthDay: `${twoDigits(month)}-${twoDigits(day)}` };
}

function clockText(micros: bigint): string {
  const seconds = Number(micros / 1_000_000n);
  const fraction = String(micros % 1_000_000n).padStart(6, "0");
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${parts.map(twoDigits).join(":")}.${fraction}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
