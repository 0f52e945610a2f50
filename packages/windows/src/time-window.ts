/** A span of event time, half-open: `startMs` belongs to it, `endMs` does not. Aligned to the epoch. */
export interface TimeWindow {
  readonly startMs: number;
  readonly endMs: number;
}

/** The window of a size that holds the time. */
export function windowAt(timeMs: number, sizeMs: number): TimeWindow {
  const startMs = Math.floor(timeMs / sizeMs) * sizeMs;
  return { startMs, endMs: startMs + sizeMs };
}
