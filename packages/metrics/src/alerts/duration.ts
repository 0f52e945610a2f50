const unitsMs = { y: 31_536_000_000, w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** Durations as Prometheus writes them: `30s`, `5m`, `1h30m`; units from large to small, each at most once. */
export const durationPattern =
  "^(?:0|(?=\\d)(?:\\d+y)?(?:\\d+w)?(?:\\d+d)?(?:\\d+h)?(?:\\d+m(?!s))?(?:\\d+s)?(?:\\d+ms)?)$";

/** Milliseconds of a duration that has the form of `durationPattern`; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  if (!new RegExp(durationPattern).test(text)) return undefined;
  let durationMs = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[ywdhms])/g)) {
    durationMs += Number(count) * unitsMs[unit as keyof typeof unitsMs];
  }
  return durationMs;
}
