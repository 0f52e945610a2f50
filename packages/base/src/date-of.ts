const dayMs = 86_400_000;
let last = { day: Number.NaN, date: "" };

/** UTC day of a time in ms, `2026-11-29`. Rows come in order of time mostly, so the last day is kept. */
export function dateOf(timeMs: number): string {
  const day = Math.floor(timeMs / dayMs);
  if (day !== last.day) last = { day, date: new Date(day * dayMs).toISOString().slice(0, 10) };
  return last.date;
}
