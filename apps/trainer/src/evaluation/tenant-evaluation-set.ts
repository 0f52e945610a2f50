import { AppError } from "@footfall/base";
import type { Lake } from "@footfall/lake";
import { type ItemSessions, sliceSessions } from "@footfall/similarity";
import type { EvaluationSet, TimedSessions } from "@footfall/similarity/evaluation";
import { firstHeldOut } from "../held-out.ts";
import { pinSessions, readItemSessions } from "../read-item-sessions.ts";

/**
 * A shop's own sessions: the newest are predicted from what the others teach, as in the figures of a training run.
 * Times of clicks are those of their sessions' ends.
 * @throws AppError MODEL_NO_DATA, also where there are too few sessions to hold any out; LAKE_*
 */
export async function readTenantEvaluationSet(lake: Lake, tenant: string): Promise<EvaluationSet> {
  const { version } = await pinSessions(lake, tenant);
  const { sessions, itemIds } = await readItemSessions({ lake, tenant, lakeVersion: version });
  const first = firstHeldOut(sessions);
  if (first === undefined) {
    throw new AppError(
      "MODEL_NO_DATA",
      `Tenant ${tenant} has too few sessions to hold any out. Send or import events.`,
      {
        context: { tenant },
      },
    );
  }
  const train = sliceSessions(sessions, 0, first);
  return {
    itemIds,
    train,
    test: predictable(sliceSessions(sessions, first, sessions.sessionCount), train),
    predicts: "every click",
  };
}

/** Without items that training does not know, and then without sessions of a single click. */
function predictable(sessions: ItemSessions, train: ItemSessions): TimedSessions {
  const isKnown = new Uint8Array(sessions.itemCount);
  for (let at = train.offsets[0]!; at < train.offsets[train.sessionCount]!; at++) isKnown[train.items[at]!] = 1;
  const offsets = [0];
  const items: number[] = [];
  const endTimesMs: number[] = [];
  const clickTimesMs: number[] = [];
  for (let session = 0; session < sessions.sessionCount; session++) {
    const clicks = sessions.items.subarray(sessions.offsets[session], sessions.offsets[session + 1]);
    const known = clicks.filter((item) => isKnown[item] === 1);
    if (known.length < 2) continue;
    const endMs = sessions.endTimesMs[session]!;
    for (const item of known) {
      items.push(item);
      clickTimesMs.push(endMs);
    }
    offsets.push(items.length);
    endTimesMs.push(endMs);
  }
  return {
    itemCount: sessions.itemCount,
    sessionCount: endTimesMs.length,
    offsets: Int32Array.from(offsets),
    items: Int32Array.from(items),
    weights: new Uint8Array(items.length).fill(1),
    endTimesMs: Float64Array.from(endTimesMs),
    clickTimesMs: Float64Array.from(clickTimesMs),
  };
}
