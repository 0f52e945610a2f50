/** A time range in an address: `range=1h` is the last hour, ever anew; `from` and `to` (ms) are fixed. */
export const ranges = [
  { name: "15m", label: "15 min", ms: 900_000 },
  { name: "1h", label: "1 h", ms: 3_600_000 },
  { name: "24h", label: "24 h", ms: 86_400_000 },
  { name: "7d", label: "7 d", ms: 604_800_000 },
];
const byDefault = "1h";

/** Reads it out of parameters; what cannot be read is the default. */
export function readTimeRange(parameters) {
  const from = time(parameters.get("from"));
  const to = time(parameters.get("to"));
  if (from !== undefined && to !== undefined && from < to) return { from, to };
  const name = parameters.get("range");
  return { range: ranges.some((range) => range.name === name) ? name : byDefault };
}

/** The parameters of a time range; `undefined` takes one away. */
export function timeRangeParameters({ range, from, to }) {
  return { range, from: from?.toString(), to: to?.toString() };
}

/** First ms, and the one after the last. */
export function boundsOf({ range, from, to }, nowMs) {
  if (range === undefined) return { from, to };
  return { from: nowMs - ranges.find(({ name }) => name === range).ms, to: nowMs + 1 };
}

function time(text) {
  return /^\d{1,15}$/.test(text ?? "") ? Number(text) : undefined;
}
