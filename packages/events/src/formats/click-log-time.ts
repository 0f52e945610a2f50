/** Numbers below it are seconds: as seconds it is the year 5138, as milliseconds March 1973. */
export const secondsMax = 1e11;
/** Numbers from `secondsMax` up to this are milliseconds, then come microseconds. */
export const millisecondsMax = 1e14;
/** Numbers from this on are nanoseconds. */
export const microsecondsMax = 1e17;

const whole = /^[0-9]{1,19}$/;
const decimal = /^[0-9]{1,19}(\.[0-9]{1,9})?(e\+?[0-9]{1,2})?$/i;
const calendar =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(\.[0-9]{1,9})?(?: ?UTC|Z| ?([+-](?:0[0-9]|1[0-4])):?([0-5][0-9])?)?)?$/i;

/**
 * Event time in ms since the epoch from what click logs hold: a number of seconds, milliseconds, microseconds or
 * nanoseconds (its size tells; with decimals or an exponent), or a date with or without a time of day
 * (`2019-10-01 00:00:00 UTC`, `2014-04-06T20:21:58.444Z`, `2023-11-14T23:13:20+01:00`); without a zone it is UTC.
 * Parts of a millisecond are cut off. NaN for anything else.
 */
export function clickLogTimeMs(text: string): number {
  if (whole.test(text)) return wholeMs(text);
  if (decimal.test(text)) {
    const value = Number(text);
    if (value < secondsMax) return Math.round(value * 1000);
    return Math.round(value < millisecondsMax ? value : value < microsecondsMax ? value / 1e3 : value / 1e6);
  }
  const match = calendar.exec(text);
  if (!match) return Number.NaN;
  const [, date, minutes = "00:00", seconds = ":00", fraction = "", hours, offsetMinutes = "00"] = match;
  const zone = hours === undefined ? "Z" : `${hours}:${offsetMinutes}`;
  return Date.parse(`${date}T${minutes}${seconds}${fraction.slice(0, 4)}${zone}`);
}

/** Exact also where a double is not. */
function wholeMs(text: string): number {
  const value = Number(text);
  if (value < secondsMax) return value * 1000;
  if (value < millisecondsMax) return value;
  return Number(BigInt(text) / (value < microsecondsMax ? 1_000n : 1_000_000n));
}
