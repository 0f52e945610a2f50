const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
];

/** A length of time, in its two largest units: `2 h 5 min`. */
export function lengthText(ms) {
  const first = units.findIndex(([, unitMs]) => ms >= unitMs);
  if (first === -1) return "0 s";
  const parts = [];
  let rest = ms;
  for (const [unit, unitMs] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.join(" ");
}

/** Three digits; the whole value stands in a title. */
export function valueText(value) {
  if (value === undefined) return "–";
  return typeof value === "number" ? String(Number(value.toPrecision(3))) : value;
}
