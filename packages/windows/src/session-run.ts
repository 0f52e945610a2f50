import type { SessionKey } from "./session-key.ts";
import { sessionLengthMaxMs, type SessionRow } from "./session-row.ts";
import { windowAt } from "./time-window.ts";
import type { WindowEvent } from "./window-event.ts";

const dayMs = 24 * 3_600_000;

/** Item interactions of one session key without a gap between them, still open. */
export interface SessionRun extends SessionKey {
  firstMs: number;
  lastMs: number;
  /** Parts before it have closed. */
  closedBeforeMs: number;
  /** Undefined: only the span is known, the rows are in the table of events. */
  rows: RunRow[] | undefined;
}

export interface RunRow {
  readonly eventId: string;
  readonly eventName: string;
  readonly occurredAtMs: number;
  /** Place in the event's items, from 0. */
  readonly index: number;
  readonly itemId: string;
  readonly quantity: number;
  readonly price: number | undefined;
}

export function newRun({ tenant, visitorId, sessionId, occurredAtMs: timeMs }: WindowEvent): SessionRun {
  const closedBeforeMs = Number.NEGATIVE_INFINITY;
  return { tenant, visitorId, sessionId, firstMs: timeMs, lastMs: timeMs, closedBeforeMs, rows: [] };
}

export function isLongRun(run: SessionRun): boolean {
  return run.lastMs - run.firstMs > sessionLengthMaxMs;
}

/** Parts of long runs end at midnight, UTC: those before it have closed at the watermark. */
export function closedParts(watermarkMs: number): number {
  return windowAt(watermarkMs, dayMs).startMs;
}

/** A run that never pauses keeps only as much of its span as tells that it is long. */
export function forgetClosedParts(run: SessionRun): void {
  run.firstMs = Math.max(run.firstMs, Math.min(run.closedBeforeMs, run.lastMs - sessionLengthMaxMs - 1));
}

/** One run of several that an event between them has joined. */
export function mergeRuns(runs: readonly SessionRun[]): SessionRun {
  const [first] = runs;
  return {
    tenant: first!.tenant,
    visitorId: first!.visitorId,
    sessionId: first!.sessionId,
    firstMs: Math.min(...runs.map((run) => run.firstMs)),
    lastMs: Math.max(...runs.map((run) => run.lastMs)),
    closedBeforeMs: Math.max(...runs.map((run) => run.closedBeforeMs)),
    rows: runs.every((run) => run.rows) ? runs.flatMap((run) => run.rows!) : undefined,
  };
}

/** Takes the rows before `endMs` out of the run and appends them to `into` as sessions. */
export function runRows(run: SessionRun, endMs: number, into: SessionRow[]): void {
  const all = run.rows!.sort(compareRows);
  const isLong = isLongRun(run);
  let taken = 0;
  while (taken < all.length && all[taken]!.occurredAtMs < endMs) {
    const partEndMs = isLong ? windowAt(all[taken]!.occurredAtMs, dayMs).endMs : Number.POSITIVE_INFINITY;
    const start = taken;
    while (taken < all.length && all[taken]!.occurredAtMs < partEndMs) taken += 1;
    const sessionStartMs = all[start]!.occurredAtMs;
    const sessionEndMs = all[taken - 1]!.occurredAtMs;
    for (let i = start; i < taken; i += 1) {
      const { itemId, eventName, occurredAtMs, eventId, quantity, price } = all[i]!;
      into.push({
        tenant: run.tenant,
        sessionId: run.sessionId,
        visitorId: run.visitorId,
        sessionStartMs,
        sessionEndMs,
        position: i - start + 1,
        itemId,
        eventName,
        occurredAtMs,
        eventId,
        quantity,
        price,
      });
    }
  }
  run.rows = all.slice(taken);
}

function compareRows(a: RunRow, b: RunRow): number {
  if (a.occurredAtMs !== b.occurredAtMs) return a.occurredAtMs - b.occurredAtMs;
  if (a.eventId !== b.eventId) return a.eventId < b.eventId ? -1 : 1;
  return a.index - b.index;
}
