import { parseDecimal } from "./decimal.ts";
import { type ExactJson, isNumber, numberText } from "./exact-json.ts";

const isoPattern = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?\s?([Zz]|[+-]\d\d(?::?\d\d)?)?)?$/;
/** What `toISOString` writes, which needs no further look. */
const usualPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * A time as ms since the epoch, what is finer cut off. Text is ISO 8601, in UTC where it names no zone; a number counts
 * seconds, or ms, µs, ns from 10^11, 10^14, 10^17 on.
 */
export function toInstantMs(value: ExactJson | undefined): number | undefined {
  if (isNumber(value)) return epochMs(numberText(value));
  return typeof value === "string" ? isoMs(value) : undefined;
}

function epochMs(text: string): number | undefined {
  const decimal = parseDecimal(text);
  if (!decimal || decimal.exponent > 20) return undefined;
  const value = Number(text);
  const size = Math.abs(value);
  const ms = size < 1e11 ? value * 1e3 : size < 1e14 ? value : size < 1e17 ? value / 1e3 : value / 1e6;
  return Math.abs(ms) <= 8.64e15 ? Math.floor(ms) : undefined;
}

function isoMs(text: string): number | undefined {
  if (usualPattern.test(text)) {
    const ms = Date.parse(text);
    return Number.isNaN(ms) ? undefined : ms;
  }
  const parts = isoPattern.exec(text.trim());
  if (!parts) return undefined;
  const [, date, time = "00:00", fraction = "", zone = "Z"] = parts;
  const zoned = /^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d\d)(\d\d)$/, "$1:$2").toUpperCase();
  const ms = Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}${zoned}`);
  return Number.isNaN(ms) ? undefined : ms + Number(fraction.slice(0, 3).padEnd(3, "0"));
}
