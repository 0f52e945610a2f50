/** Units of UCUM as Prometheus' names spell them. */
const unitWords: Readonly<Record<string, string>> = {
  d: "days",
  h: "hours",
  min: "minutes",
  s: "seconds",
  ms: "milliseconds",
  us: "microseconds",
  ns: "nanoseconds",
  By: "bytes",
  KiBy: "kibibytes",
  MiBy: "mebibytes",
  GiBy: "gibibytes",
  TiBy: "tibibytes",
  KBy: "kilobytes",
  MBy: "megabytes",
  GBy: "gigabytes",
  TBy: "terabytes",
  B: "bytes",
  KB: "kilobytes",
  MB: "megabytes",
  GB: "gigabytes",
  TB: "terabytes",
  m: "meters",
  V: "volts",
  A: "amperes",
  J: "joules",
  W: "watts",
  g: "grams",
  Cel: "celsius",
  Hz: "hertz",
  "%": "percent",
};
const perWords: Readonly<Record<string, string>> = {
  s: "second",
  m: "minute",
  h: "hour",
  d: "day",
  w: "week",
  mo: "month",
  y: "year",
};

/**
 * The name of an OpenTelemetry metric in Prometheus, as the compatibility specification has it: unit as a word, then
 * `_total` for counters, `_ratio` for gauges of unit 1. `http.server.duration` in `s` → `http_server_duration_seconds`.
 */
export function prometheusName(name: string, unit: string, type: "counter" | "gauge" | "other"): string {
  let words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== "");
  if (/^[0-9]/.test(words[0] ?? "")) words = ["", ...words];
  const suffixes = unit === "1" ? (type === "gauge" ? ["ratio"] : []) : unitSuffixes(unit);
  const wanted = type === "counter" ? [...suffixes, "total"] : suffixes;
  // A name that says its unit already is not made to say it twice; `total` comes last.
  const own = words.filter((word, place) => !(wanted.includes("total") && word === "total" && place > 0));
  const missing = wanted.filter((suffix) => !own.includes(suffix));
  return [...own, ...missing].join("_");
}

export function prometheusLabel(key: string): string {
  const name = key.replaceAll(/[^a-zA-Z0-9_]/g, "_");
  return /^[0-9]/.test(name) ? `key_${name}` : name || "_";
}

function unitSuffixes(unit: string): readonly string[] {
  const [of = "", per] = unit.replaceAll(/\{[^}]*\}/g, "").split("/", 2);
  const words = [unitWords[of.trim()] ?? of.trim()];
  if (per?.trim()) words.push("per", perWords[per.trim()] ?? per.trim());
  return words.flatMap((word) => word.split(/[^a-zA-Z0-9]+/)).filter((word) => word !== "");
}
