/** Lengths of steps, in ms: windows are of 10 s. */
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const lengths = [
  10_000,
  30_000,
  minuteMs,
  2 * minuteMs,
  5 * minuteMs,
  10 * minuteMs,
  30 * minuteMs,
  hourMs,
  3 * hourMs,
  6 * hourMs,
  12 * hourMs,
  24 * hourMs,
];
const pointsMax = 180;

/** A range of whole steps around another, so that no value is of a part of a step. */
export function steppedRange({ from, to }) {
  const stepMs = lengths.find((length) => (to - from) / length <= pointsMax) ?? dayStep(to - from);
  return { fromMs: Math.floor(from / stepMs) * stepMs, toMs: Math.ceil(to / stepMs) * stepMs, stepMs };
}

function dayStep(rangeMs) {
  const day = 24 * hourMs;
  return Math.ceil(rangeMs / pointsMax / day) * day;
}

export function lengthText(ms) {
  const units = [
    [24 * hourMs, "d"],
    [hourMs, "h"],
    [minuteMs, "min"],
  ];
  const [size, unit] = units.find(([each]) => ms % each === 0) ?? [1_000, "s"];
  return `${ms / size} ${unit}`;
}
