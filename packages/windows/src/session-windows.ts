import {
  closedParts,
  forgetClosedParts,
  isLongRun,
  mergeRuns,
  newRun,
  runRows,
  type SessionRun,
} from "./session-run.ts";
import { type SessionKey, sessionKeyText } from "./session-key.ts";
import { sessionGapMs, type SessionRow } from "./session-row.ts";
import type { Observed, WindowEvent } from "./window-event.ts";

/** A visitor's sessions of one id whose time touches a span; to be made again from the table of events. */
export interface SessionWindow extends SessionKey {
  /** Time of the first and of the last interaction. */
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface ClosedSessions {
  readonly rows: readonly SessionRow[];
  /** Sessions that have closed but whose rows are not all held here. */
  readonly recompute: readonly SessionWindow[];
}

export interface SessionWindowsOptions {
  /** Event names whose items make up a session. */
  readonly interactionNames: ReadonlySet<string>;
  /** Sessions whose last interaction lies more than the gap before it are closed already. -Infinity: none. */
  readonly watermarkMs: number;
  /** Rows held at most; sessions beyond it keep only their span, and are recomputed when they close. */
  readonly openRowsMax: number;
  /** Sessions held at most; beyond it the oldest close early, and what comes later for them is late. */
  readonly openSessionsMax: number;
}

/** Session windows per session key: runs of item interactions with gaps of at most `sessionGapMs`. */
export class SessionWindows {
  readonly #options: SessionWindowsOptions;
  /** Runs by session key; of one key they lie more than a gap apart. */
  readonly #runs = new Map<string, SessionRun[]>();
  #watermarkMs: number;
  #openSessions = 0;
  #openRows = 0;

  constructor(options: SessionWindowsOptions) {
    this.#options = options;
    this.#watermarkMs = options.watermarkMs;
  }

  /** Sessions with `lastMs + sessionGapMs` before it have closed. */
  get watermarkMs(): number {
    return this.#watermarkMs;
  }

  get openSessions(): number {
    return this.#openSessions;
  }

  get openRows(): number {
    return this.#openRows;
  }

  /**
   * Adds the event to its session, unless that has closed. Events that are no item interactions belong to none.
   * @returns `late` also where it may have opened a closed session again: the rows of that one are wrong from now on
   */
  observe(event: WindowEvent): Observed {
    const { items, occurredAtMs: timeMs } = event;
    if (items === undefined || items.length === 0 || !this.#options.interactionNames.has(event.name)) return "open";
    const key = sessionKeyText(event);
    const runs = this.#runs.get(key);
    const near = runs?.filter((run) => run.firstMs - sessionGapMs <= timeMs && timeMs <= run.lastMs + sessionGapMs);
    if (near === undefined || near.length === 0) {
      if (timeMs + sessionGapMs < this.#watermarkMs) return "late";
      const run = newRun(event);
      // Before the watermark it may belong to a session that has closed and whose rows are gone from here.
      const mayReopen = timeMs < this.#watermarkMs;
      if (mayReopen) run.rows = undefined;
      if (runs) runs.push(run);
      else this.#runs.set(key, [run]);
      this.#openSessions += 1;
      this.#add(run, event);
      return mayReopen ? "late" : "open";
    }
    const run = near.length === 1 ? near[0]! : this.#merge(key, near);
    const mayReopen = timeMs < run.firstMs && timeMs < this.#watermarkMs;
    if (mayReopen) this.#spill(run);
    run.firstMs = Math.min(run.firstMs, timeMs);
    run.lastMs = Math.max(run.lastMs, timeMs);
    if (timeMs < run.closedBeforeMs) return "late";
    this.#add(run, event);
    return mayReopen ? "late" : "open";
  }

  /**
   * Closes the sessions that nothing before the watermark can extend and returns their rows, and the parts of longer
   * runs whose day is over. More than `openSessionsMax` sessions close the oldest early; `watermarkMs` then moves
   * past them.
   */
  closeReady(watermarkMs: number): ClosedSessions {
    this.#watermarkMs = Math.max(this.#watermarkMs, watermarkMs, this.#overflowWatermarkMs());
    const closed: { rows: SessionRow[]; recompute: SessionWindow[] } = { rows: [], recompute: [] };
    for (const [key, runs] of this.#runs) {
      const open = runs.filter((run) => !this.#close(run, closed));
      if (open.length === runs.length) continue;
      this.#openSessions -= runs.length - open.length;
      if (open.length > 0) this.#runs.set(key, open);
      else this.#runs.delete(key);
    }
    return closed;
  }

  /** Sessions held whose first interaction known lies at or before a time. */
  begunBefore(timeMs: number): SessionWindow[] {
    const begun = [...this.#runs.values()].flat().filter(({ firstMs }) => firstMs <= timeMs);
    return begun.map(spanOf);
  }

  /** Returns whether the whole run has closed. */
  #close(run: SessionRun, closed: { rows: SessionRow[]; recompute: SessionWindow[] }): boolean {
    const hasClosed = run.lastMs + sessionGapMs < this.#watermarkMs;
    const endMs = hasClosed ? Number.POSITIVE_INFINITY : isLongRun(run) ? closedParts(this.#watermarkMs) : undefined;
    if (endMs === undefined || endMs <= run.closedBeforeMs) return hasClosed;
    if (run.rows === undefined) {
      closed.recompute.push(spanOf(run));
    } else {
      const heldRows = run.rows.length;
      runRows(run, endMs, closed.rows);
      this.#openRows -= heldRows - run.rows.length;
    }
    run.closedBeforeMs = endMs;
    forgetClosedParts(run);
    return hasClosed;
  }

  #add(run: SessionRun, event: WindowEvent): void {
    const items = event.items!;
    if (run.rows === undefined) return;
    if (this.#openRows + items.length > this.#options.openRowsMax) {
      this.#spill(run);
      return;
    }
    for (let index = 0; index < items.length; index += 1) {
      const { item_id: itemId, price, quantity = 1 } = items[index]!;
      const { eventId, name: eventName, occurredAtMs } = event;
      run.rows.push({ eventId, eventName, occurredAtMs, index, itemId, quantity, price });
    }
    this.#openRows += items.length;
  }

  #spill(run: SessionRun): void {
    this.#openRows -= run.rows?.length ?? 0;
    run.rows = undefined;
  }

  #merge(key: string, near: readonly SessionRun[]): SessionRun {
    const merged = mergeRuns(near);
    if (merged.rows === undefined) for (const run of near) this.#spill(run);
    const others = this.#runs.get(key)!.filter((run) => !near.includes(run));
    this.#runs.set(key, [...others, merged]);
    this.#openSessions -= near.length - 1;
    return merged;
  }

  /** The watermark that closes enough of the oldest sessions; -Infinity where there is room. */
  #overflowWatermarkMs(): number {
    const excess = this.#openSessions - this.#options.openSessionsMax;
    if (excess <= 0) return Number.NEGATIVE_INFINITY;
    const lastTimes = Float64Array.from([...this.#runs.values()].flat(), (run) => run.lastMs).sort();
    return lastTimes[excess - 1]! + sessionGapMs + 1;
  }
}

function spanOf({ tenant, visitorId, sessionId, firstMs, lastMs }: SessionRun): SessionWindow {
  return { tenant, visitorId, sessionId, firstMs, lastMs };
}
