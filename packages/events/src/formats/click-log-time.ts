/** Numbers below it are seconds, others milliseconds: as seconds it is the year 5138, as milliseconds March 1973. */
export const secondsMax = 100_000_000_000;

const decimal = /^[0-9]{1,16}(\.[0-9]{1,9})?$/;
const utcText = /^([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?( ?UTC|Z)?$/;

/**
 * Event time in ms since the epoch from what click logs hold: seconds, milliseconds (both may have decimals), or
 * `2019-10-01 00:00:00 UTC`, `2014-04-06T20:21:58.444Z`; text without a zone is UTC. NaN for anything else.
 */
export function clickLogTimeMs(text: string): number {
  if (decimal.test(text)) {
    const value = Number(text);
    return Math.round(value < secondsMax ? value * 1000 : value);
  }
  const match = utcText.exec(text);
  if (!match) return Number.NaN;
  return Date.parse(`${match[1]}T${match[2]}${(match[3] ?? "").slice(0, 4)}Z`);
}
