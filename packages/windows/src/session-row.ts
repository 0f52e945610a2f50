/** A pause longer than this ends a session. */
export const sessionGapMs = 30 * 60_000;
/** A run of interactions longer than this is cut at midnights, UTC. */
export const sessionLengthMaxMs = 24 * 3_600_000;

/** One row of `sessions`: one item of one interaction. */
export interface SessionRow {
  readonly tenant: string;
  readonly sessionId: string;
  readonly visitorId: string;
  readonly sessionStartMs: number;
  readonly sessionEndMs: number;
  /** 1, 2, 3, … in order of (time, event id, index in items). */
  readonly position: number;
  readonly itemId: string;
  readonly eventName: string;
  readonly occurredAtMs: number;
  readonly eventId: string;
  readonly quantity: number;
  readonly price: number | undefined;
}
