import type { NeighborLists } from "../neighbor-lists.ts";
import { Blend } from "./blend.ts";
import { ListRecommender } from "./list-recommender.ts";
import type { ExplainingRecommender } from "./recommender.ts";
import { Vstan, type VstanParameters, type VstanSource } from "./vstan.ts";

/** How sessions alike and lists of neighbours answer together. */
export interface SessionBlendParameters extends VstanParameters {
  /** What the best item of the sessions weighs, 0 … 1; the best one of the lists weighs the rest. */
  readonly sessionsShare: number;
}

/**
 * Few neighbours out of few sessions: more of them change the third digit of HR and MRR on the public sets, and cost as
 * much again. Chosen on sets other than the judged one, see docs/accuracy.md.
 */
export const defaultSessionBlend: SessionBlendParameters = {
  sessionsShare: 0.7,
  k: 50,
  sampleSize: 250,
  lastItems: 4,
  sessionDecay: 1.02,
  neighborDecayDays: 5,
  itemDecay: 2.05,
  sharedDecay: 1.02,
  idfWeighting: 5,
};

/** How fast the clicks of a session lose weight in the lists: 1 is best in the published comparisons. */
const listDecay = 1;

/** What is served: sessions like the current one, and the neighbours of its items. */
export function sessionBlend(lists: NeighborLists, source: VstanSource, parameters: SessionBlendParameters): Blend {
  return blendOf(new Vstan(source, parameters), lists, parameters.sessionsShare);
}

/** @param sessions  may be in several blends, of which one answers at a time */
export function blendOf(sessions: Vstan, lists: NeighborLists, sessionsShare: number): Blend {
  return new Blend<ExplainingRecommender>([
    { recommender: new ListRecommender(lists, listDecay), weight: 1 - sessionsShare },
    { recommender: sessions, weight: sessionsShare },
  ]);
}
