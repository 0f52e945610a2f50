/** Units by the suffixes that Prometheus' names have, and numbers with them. */
import { localTime } from "../times.js";

const kibi = 1_024;
/** Steps of an axis in bytes: powers of two. */
const byteSteps = Array.from({ length: 60 }, (_, power) => 2 ** power);

/** `{ name, format(value, digits), steps? }` of what a query answers with; it may be one that cannot be read. */
export function unitOf(query) {
  const unit = unitOfName(query?.name ?? "");
  if (query?.applied !== "rate") return unit;
  if (unit.name === "seconds") return plain("seconds per second", "s/s");
  if (unit.name === "bytes") return { ...unit, name: "bytes per second", format: (...of) => `${unit.format(...of)}/s` };
  return plain(`${unit.name || "number"} per second`, "/s");
}

export function unitOfName(name) {
  if (/_count$/.test(name)) return plain("", "");
  const word = name
    .replace(/_(total|sum|bucket)$/, "")
    .split("_")
    .at(-1);
  if (word === "seconds") return { name: "seconds", format: seconds };
  if (word === "bytes") return { name: "bytes", format: bytes, steps: byteSteps };
  if (word === "ratio") return { name: "ratio", format: (value, digits) => `${number(value * 100, digits)} %` };
  if (["records", "events", "rows", "files", "lines", "requests", "visitors"].includes(word)) return plain(word, "");
  return plain("", "");
}

function plain(name, sign) {
  return { name, format: (value, digits) => (sign ? `${number(value, digits)} ${sign}` : number(value, digits)) };
}

function number(value, digits = 3) {
  if (Math.abs(value) < 1e-9) return "0";
  return new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: digits }).format(value);
}

const times = [
  [172_800, 86_400, "d"],
  [7_200, 3_600, "h"],
  [120, 60, "min"],
  [1, 1, "s"],
  [1e-3, 1e-3, "ms"],
  [0, 1e-6, "µs"],
];

/** A time of the clock where it can only be one. */
function seconds(value, digits) {
  const size = Math.abs(value);
  if (size >= 1e9) return localTime(value * 1_000, false);
  if (size < 1e-9) return "0 s";
  const [, unit, sign] = times.find(([from]) => size >= from);
  return `${number(value / unit, digits)} ${sign}`;
}

function bytes(value, digits) {
  const power = Math.min(5, Math.max(0, Math.floor(Math.log2(Math.abs(value) || 1) / 10)));
  return `${number(value / kibi ** power, digits)} ${["B", "KiB", "MiB", "GiB", "TiB", "PiB"][power]}`;
}
