import type { ItemSessions } from "@footfall/similarity";

/** The newest sessions are held out: this share of all, but no more than so many. */
const heldOutShare = 0.1;
const heldOutSessionsMax = 10_000;
/** Fewer new sessions than these say nothing about two models. */
const judgingSessionsMin = 50;

/** @returns the first session, in the order of their ends, that figures are made from; undefined: they are too few */
export function firstHeldOut({ sessionCount }: ItemSessions): number | undefined {
  const first = sessionCount - Math.min(heldOutSessionsMax, Math.floor(sessionCount * heldOutShare));
  return first === sessionCount || first === 0 ? undefined : first;
}

/**
 * The first session that a new model and the served one are compared by. The served one has learnt from none of them,
 * and from all before them, if it can be so.
 * @param trainedUntilMs  of the served model
 * @returns undefined where there are too few new sessions
 */
export function firstJudging(sessions: ItemSessions, trainedUntilMs: number): number | undefined {
  const { sessionCount, endTimesMs } = sessions;
  const first = firstHeldOut(sessions);
  const firstNew = endTimesMs.findIndex((endMs) => endMs > trainedUntilMs);
  if (first === undefined || firstNew < 0 || sessionCount - firstNew < judgingSessionsMin) return undefined;
  return Math.max(first, firstNew);
}
