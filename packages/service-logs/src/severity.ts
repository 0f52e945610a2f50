/** OpenTelemetry's ranges of severity numbers: each level's first, and it has four. */
const firstOfLevel = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 } as const;
type LevelName = keyof typeof firstOfLevel;
const levelNames = Object.keys(firstOfLevel) as LevelName[];

/** Words of libraries and of syslog; all are compared in lower case. */
const levelWords: Readonly<Record<LevelName, readonly string[]>> = {
  trace: ["trace", "t", "trc", "finest", "finer", "silly"],
  debug: ["debug", "d", "dbg", "fine", "verbose", "http"],
  info: ["info", "i", "inf", "information", "informational", "config", "log", "default"],
  warn: ["warn", "w", "wrn", "warning"],
  error: ["error", "e", "err", "severe", "eror"],
  fatal: ["fatal", "f", "ftl", "critical", "crit", "c", "alert", "emerg", "emergency", "panic", "dpanic"],
};
const numberOfWord = new Map<string, number>(
  levelNames.flatMap((name) => levelWords[name].map((word) => [word, firstOfLevel[name]] as const)),
);
/** More than a plain info, in syslog and in Python's libraries. */
numberOfWord.set("notice", 10);

/** Severities of syslog, from emergency to debug, as their level words say. */
const ofSyslog = [21, 21, 21, 17, 13, 10, 9, 5] as const;

/**
 * Severity number of a level's word (`WARN`, `warning`, `INFO2`, `SEVERITY_NUMBER_ERROR`) or number: pino's and
 * bunyan's from 10 up, syslog's from 0 to 7, also as text. A level alone is the lowest of its range. 0 where it is
 * unknown.
 */
export function severityNumberOf(level: string | number): number {
  if (typeof level === "number" || /^[0-9]{1,3}$/.test(level)) return ofNumber(Number(level));
  const word = level.trim().toLowerCase();
  const known = numberOfWord.get(word);
  if (known !== undefined) return known;
  const [, name = "", nth = "1"] = /^(?:severity_number_)?([a-z]+)([1-4])?$/.exec(word) ?? [];
  return Object.hasOwn(firstOfLevel, name) ? firstOfLevel[name as LevelName] + Number(nth) - 1 : 0;
}

function ofNumber(level: number): number {
  if (level >= 10) return Math.min(24, 4 * Math.floor(level / 10) - 3);
  return ofSyslog[level] ?? 0;
}

/** Name of the level that a severity number belongs to; undefined where it is unknown. */
export function levelNameOf(severityNumber: number): LevelName | undefined {
  return levelNames[Math.ceil(severityNumber / 4) - 1];
}

/** First and last severity number of a level's word; undefined where the word is unknown. */
export function levelRangeOf(word: string): { readonly from: number; readonly to: number } | undefined {
  const name = levelNameOf(severityNumberOf(word));
  return name && { from: firstOfLevel[name], to: firstOfLevel[name] + 3 };
}
