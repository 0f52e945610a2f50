import { errorCodeOf } from "@footfall/base";
import type { Follower } from "@footfall/ingest";
import type { HealthProblem } from "@footfall/runtime";

export interface FollowerHealth {
  /** What keeps it from its work. */
  readonly problems: readonly HealthProblem[];
  /** What it does its work in spite of. */
  readonly warnings: readonly HealthProblem[];
}

/**
 * Why what a follower knows is ageing: following failed, or the log is silent. Undefined where neither is so.
 * @param what  "Following the clicks"
 * @param effect  "answers miss the last clicks"
 */
export function lostContact(
  { failure, problem, contact }: Follower,
  what: string,
  effect: string,
): HealthProblem | undefined {
  if (failure === undefined && problem === undefined) return undefined;
  const { readAtMs } = contact.status();
  const last = readAtMs === undefined ? "nothing was read yet" : `last read ${new Date(readAtMs).toISOString()}`;
  const reason =
    failure === undefined ? problem!.message : failure instanceof Error ? failure.message : String(failure);
  const code = failure === undefined ? problem!.code : errorCodeOf(failure);
  return { code, message: `${what} failed and is tried again; ${effect} (${last}): ${reason}` };
}
