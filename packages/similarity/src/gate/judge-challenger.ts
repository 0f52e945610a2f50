import { seededRandom } from "@footfall/base";
import type { ItemSessions } from "../item-sessions.ts";
import type { Recommender } from "../models/recommender.ts";
import { ServedModel } from "../serving/served-model.ts";
import type { SimilarityModel } from "../similarity-model.ts";
import { pairedBootstrap } from "./paired-bootstrap.ts";
import { scoreSessions } from "./session-scores.ts";

/** How a new model did against the served one, on sessions that neither has learnt from. */
export interface GateVerdict {
  /** Version of the served model. */
  readonly champion: string;
  readonly sessions: number;
  /** Next items, not yet in the session, that both predicted. */
  readonly predictions: number;
  /** Mean reciprocal rank among the first `k`. */
  readonly k: number;
  readonly challengerMrr: number;
  readonly championMrr: number;
  /** Challenger − champion, and its 95 % interval by a bootstrap over sessions. */
  readonly difference: number;
  readonly interval: readonly [low: number, high: number];
  /** `worse`: the whole interval is below 0; `better`: above it. */
  readonly outcome: "better" | "no worse" | "worse";
}

export interface GateInput {
  /** The challenger, learnt from the sessions before the judged ones. */
  readonly recommender: Recommender;
  readonly champion: SimilarityModel;
  /** Of the challenger's item indices. */
  readonly itemIds: readonly string[];
  /** Sessions in them that neither has learnt from. */
  readonly sessions: ItemSessions;
  /** Sessions that hold the item and that the challenger learnt from. */
  readonly support: Int32Array;
}

const listLength = 20;
/** The verdict depends on the data alone. */
const seed = 1;

/** Both predict the same clicks: those on items that either knows. */
export function judgeChallenger({ recommender, champion, itemIds, sessions, support }: GateInput): GateVerdict {
  const known = (item: number): boolean => support[item]! > 0 || champion.indexByItemId.has(itemIds[item]!);
  const same = Int32Array.from(itemIds.keys());
  const ours = scoreSessions({ recommender, itemOf: same }, sessions, known, listLength);
  const itemOf = Int32Array.from(itemIds, (itemId) => champion.indexByItemId.get(itemId) ?? -1);
  const served = { recommender: new ServedModel(champion).session(), itemOf };
  const theirs = scoreSessions(served, sessions, known, listLength);
  const { predictions } = ours;
  const differences = ours.reciprocalRanks.map((rank, session) => rank - theirs.reciprocalRanks[session]!);
  const { mean, low, high } = pairedBootstrap(differences, predictions, seededRandom(seed));
  const count = predictions.reduce((sum, made) => sum + made, 0);
  const mrr = (ranks: Float64Array): number => ranks.reduce((sum, rank) => sum + rank, 0) / Math.max(1, count);
  return {
    champion: champion.version,
    sessions: sessions.sessionCount,
    predictions: count,
    k: listLength,
    challengerMrr: mrr(ours.reciprocalRanks),
    championMrr: mrr(theirs.reciprocalRanks),
    difference: mean,
    interval: [low, high],
    outcome: high < 0 ? "worse" : low > 0 ? "better" : "no worse",
  };
}
