import { timeZone } from "./time-zone.ts";

/** Reads the times of a log; `zone` is that of times which name none. */
export interface LogTimes {
  /**
   * ms since the epoch of a number or text that is a time and nothing else; undefined where it is none.
   * @param observedAtMs  A time without a year is of the year that brings it nearest to this one.
   */
  read(value: string | number, observedAtMs: number): number | undefined;
  /** The time that a line begins with, also in brackets. */
  readLeading(line: string, observedAtMs: number): number | undefined;
}

/** 1990: smaller numbers are no times of logs, but durations and counters. */
const timeMinMs = 631_152_000_000;
/** The end of the year 9999. */
const timeMaxMs = 253_402_300_799_999;
const leadLengthMax = 80;

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const monthName = `(?<month>${months.join("|")})[a-z]{0,6}`;
const dayOfMonth = "(?<day>[0-3]?[0-9])";
const year = "(?<year>[0-9]{4})";
const clock = "(?<hour>[0-2][0-9]):(?<minute>[0-5][0-9])(?::(?<second>[0-6][0-9])(?:[.,](?<fraction>[0-9]{1,9}))?)?";
const zone = "(?: ?(?<zone>Z|UTC|GMT|[+-][0-1][0-9]:?[0-5][0-9]))?";
const weekday = "(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? )?";
const forms = [
  // 2014-04-06T20:21:58.444Z, 2014-04-06 20:21:58,444 +0200, 2014/04/06 20:21:58
  `${year}(?<dash>[-/])(?<month>[0-1][0-9])\\k<dash>${dayOfMonth}[T ]${clock}${zone}`,
  // 17/May/2015:10:05:03 +0000, Sun, 17 May 2015 10:05:03 GMT
  `${weekday}${dayOfMonth}[ /-]${monthName}[ /-]${year}[ :]${clock}${zone}`,
  // Sun May 17 10:05:03 2015, May 17 10:05:03
  `${weekday}${monthName} {1,2}${dayOfMonth} ${clock}(?: (?<year>[0-9]{4}))?`,
];
const wholeForms = forms.map((form) => new RegExp(`^${form}$`, "i"));
const leadingForms = forms.map((form) => new RegExp(`^[[(]?${form}(?![\\w:+])`, "i"));
const epoch = /^[0-9]{1,19}(?:\.[0-9]{1,9})?$/;

/** @throws AppError CONFIG_INVALID where there is no such zone */
export function logTimes(zoneName: string): LogTimes {
  const toUtc = timeZone(zoneName);
  const readBy = (patterns: readonly RegExp[], text: string, observedAtMs: number): number | undefined => {
    for (const pattern of patterns) {
      const groups = pattern.exec(text)?.groups;
      if (groups) return withinBounds(instantOf(groups, toUtc, observedAtMs));
    }
    return undefined;
  };
  return {
    read: (value, observedAtMs) => {
      if (typeof value === "number") return withinBounds(epochMs(String(value)));
      const text = value.trim();
      return epoch.test(text) ? withinBounds(epochMs(text)) : readBy(wholeForms, text, observedAtMs);
    },
    readLeading: (line, observedAtMs) => readBy(leadingForms, line.slice(0, leadLengthMax), observedAtMs),
  };
}

function withinBounds(timeMs: number): number | undefined {
  return timeMs >= timeMinMs && timeMs <= timeMaxMs ? timeMs : undefined;
}

/** Seconds, milliseconds, microseconds or nanoseconds: the size tells. Exact also where a double is not. */
function epochMs(text: string): number {
  const value = Number(text);
  if (value < 1e11) return Math.round(value * 1_000);
  if (value < 1e14) return Math.floor(value);
  if (!/^[0-9]+$/.test(text)) return Math.floor(value < 1e17 ? value / 1e3 : value / 1e6);
  return Number(BigInt(text) / (value < 1e17 ? 1_000n : 1_000_000n));
}

type Groups = Readonly<Record<string, string | undefined>>;

function instantOf(groups: Groups, toUtc: (localMs: number) => number, observedAtMs: number): number {
  const at = (yearNumber: number): number => {
    const localMs = localOf(groups, yearNumber);
    const named = groups["zone"];
    if (named === undefined) return toUtc(localMs);
    const [, sign, hours, minutes] = /^([+-])(..):?(..)$/.exec(named) ?? [];
    if (sign === undefined) return localMs;
    return localMs - Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  };
  if (groups["year"] !== undefined) return at(Number(groups["year"]));
  const observedYear = new Date(observedAtMs).getUTCFullYear();
  const candidates = [observedYear - 1, observedYear, observedYear + 1].map(at).filter((time) => !Number.isNaN(time));
  const distance = (time: number): number => Math.abs(time - observedAtMs);
  return candidates.sort((one, other) => distance(one) - distance(other))[0] ?? Number.NaN;
}

/** The date and time as if it were UTC; NaN where there is no such day or hour. */
function localOf(groups: Groups, yearNumber: number): number {
  const named = months.indexOf(groups["month"]!.toLowerCase().slice(0, 3));
  const month = named === -1 ? Number(groups["month"]) - 1 : named;
  const [day, hour, minute, second] = ["day", "hour", "minute", "second"].map((part) => Number(groups[part] ?? 0));
  const date = new Date(Date.UTC(yearNumber, month, day, hour, minute));
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day || date.getUTCHours() !== hour) return Number.NaN;
  return date.getTime() + second! * 1_000 + Number((groups["fraction"] ?? "").padEnd(3, "0").slice(0, 3));
}
