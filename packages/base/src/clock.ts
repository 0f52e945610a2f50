/** Milliseconds since the epoch. Passed in everywhere, so that a test or a replay decides what time it is. */
export type Clock = () => number;

/** The wall clock. Only composition roots hand it out. */
export const systemClock: Clock = () => Date.now();

/** A clock that stands still until told otherwise. */
export interface ManualClock {
  readonly now: Clock;
  set(timeMs: number): void;
  advance(byMs: number): void;
}

export function manualClock(startMs: number): ManualClock {
  let timeMs = startMs;
  return {
    now: () => timeMs,
    set: (nextMs) => {
      timeMs = nextMs;
    },
    advance: (byMs) => {
      timeMs += byMs;
    },
  };
}
