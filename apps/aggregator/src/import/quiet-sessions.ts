import { clickLogTimeMs, quietSessionMs } from "@footfall/events/formats";

/**
 * Gives each row of a log without sessions its own: a session of a visitor ends after 30 minutes of quiet, and is
 * named by its visitor and the ms of its first row. All rows are to be added before the first is asked for, since such
 * logs are not sorted; memory grows with the number of visits.
 */
export class QuietSessions {
  readonly #times = new Map<string, number[]>();
  #isSorted = false;

  add(visitor: string, timeText: string): void {
    const timeMs = clickLogTimeMs(timeText);
    if (Number.isNaN(timeMs)) return;
    const times = this.#times.get(visitor);
    if (times === undefined) this.#times.set(visitor, [timeMs]);
    else if (times.at(-1) !== timeMs) times.push(timeMs);
  }

  /** The session of a row; empty where its time cannot be read, for then it is refused anyway. */
  sessionOf(visitor: string, timeText: string): string {
    if (!this.#isSorted) this.#keepStarts();
    const timeMs = clickLogTimeMs(timeText);
    const start = this.#times.get(visitor)?.findLast((startMs) => startMs <= timeMs);
    return start === undefined ? "" : `${visitor}-${start}`;
  }

  #keepStarts(): void {
    for (const [visitor, times] of this.#times) {
      times.sort((a, b) => a - b);
      const starts = times.filter((timeMs, index) => index === 0 || timeMs - times[index - 1]! > quietSessionMs);
      this.#times.set(visitor, starts);
    }
    this.#isSorted = true;
  }
}
