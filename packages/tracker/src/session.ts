/** A visit. Kept in the store that all tabs share, so a visitor with three tabs has one session. */
export interface Session {
  readonly id: string;
  readonly startedAtMs: number;
  readonly lastAtMs: number;
  /** Number of the last event; the next one gets one more. */
  readonly seq: number;
}

export const sessionIdleMaxMs = 30 * 60_000;
export const sessionLengthMaxMs = 24 * 3_600_000;

/**
 * The session that an event at `nowMs` belongs to, with the event's own number as `seq`.
 * A clock set back by more than the idle time starts a new session too, else one far in the future would never end.
 * @param newId  called only when a new session starts
 */
export function advanceSession(last: Session | undefined, nowMs: number, newId: () => string): Session {
  const isOver =
    last === undefined ||
    Math.abs(nowMs - last.lastAtMs) >= sessionIdleMaxMs ||
    nowMs - last.startedAtMs >= sessionLengthMaxMs;
  if (isOver) return { id: newId(), startedAtMs: nowMs, lastAtMs: nowMs, seq: 1 };
  return { id: last.id, startedAtMs: last.startedAtMs, lastAtMs: nowMs, seq: last.seq + 1 };
}

/** The session as the store keeps it: `id,startedAtMs,lastAtMs,seq`. */
export function formatSession(session: Session): string {
  return [session.id, session.startedAtMs, session.lastAtMs, session.seq].join();
}

/** The session out of the store; undefined when there is none, or none that can be read. */
export function readSession(text: string | null): Session | undefined {
  const [id, started, last, count] = (text ?? "").split(",");
  const [startedAtMs, lastAtMs, seq] = [Number(started), Number(last), Number(count)];
  return id && startedAtMs > 0 && lastAtMs > 0 && seq > 0 ? { id, startedAtMs, lastAtMs, seq } : undefined;
}
