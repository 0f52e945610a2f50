import type { ItemSessions } from "../item-sessions.ts";
import type { NeighborLists } from "../neighbor-lists.ts";
import { headItems, listsOfRows } from "./linear-lists.ts";
import { solveSymmetric } from "./linear-solver.ts";
import { ListRecommender } from "./list-recommender.ts";
import type { Recommender } from "./recommender.ts";

const dayMs = 86_400_000;

export interface SlistParameters {
  /** Share of the similarity part (which items share a session) against the transition part (what follows what). */
  readonly alpha: number;
  /** Ridge regression's λ. */
  readonly lambda: number;
  /** How fast a target further on in the session loses weight, clicks. */
  readonly targetDecay: number;
  /** How fast older clicks of the query lose weight, clicks. */
  readonly queryDecay: number;
  /** How fast older sessions lose weight, days. */
  readonly sessionDecayDays: number;
  /** Only the most clicked items take part; the work grows with the cube, the memory with the square. */
  readonly itemsMax: number;
  /** Entries kept per item. */
  readonly neighborsMax: number;
}

/**
 * SLIST, a linear item-item model for sessions (Choi et al., "Session-aware linear item-item models", WWW 2021):
 * B = (α XᵀWX + (1 − α) SᵀWS + λI)⁻¹ (α XᵀWX + (1 − α) SᵀWT). X: a session's items, summing to 1 on the input side;
 * S: one click; T: the clicks after it, by e^(−(gap − 1) / targetDecay); W: e^(−age / sessionDecayDays). An item may
 * recommend itself.
 */
export function learnSlist(sessions: ItemSessions, parameters: SlistParameters): Recommender {
  return new ListRecommender(learnLinearLists(sessions, parameters), parameters.queryDecay);
}

function learnLinearLists(sessions: ItemSessions, parameters: SlistParameters): NeighborLists {
  const head = headItems(sessions, parameters.itemsMax);
  const n = head.items.length;
  const gram = new Float64Array(n * n);
  const targets = new Float64Array(n * n);
  addSessions(sessions, parameters, { n, indexOf: head.indexOf, gram, targets });
  for (let at = 0; at < n; at++) gram[at * n + at]! += parameters.lambda;
  solveSymmetric(gram, targets, n);
  return listsOfRows(targets, head, parameters.neighborsMax);
}

interface Sums {
  readonly n: number;
  readonly indexOf: Int32Array;
  readonly gram: Float64Array;
  /** Transposed: entry [target][input]. */
  readonly targets: Float64Array;
}

function addSessions(sessions: ItemSessions, parameters: SlistParameters, sums: Sums): void {
  const { offsets, items, endTimesMs, sessionCount } = sessions;
  const newestMs = endTimesMs[sessionCount - 1]!;
  for (let session = 0; session < sessionCount; session++) {
    const clicks: number[] = [];
    for (let at = offsets[session]!; at < offsets[session + 1]!; at++) {
      if (sums.indexOf[items[at]!]! >= 0) clicks.push(sums.indexOf[items[at]!]!);
    }
    const weight = Math.exp(-(newestMs - endTimesMs[session]!) / (dayMs * parameters.sessionDecayDays));
    addSimilarity(clicks, weight * parameters.alpha, sums);
    addTransitions(clicks, weight * (1 - parameters.alpha), parameters.targetDecay, sums);
  }
}

function addSimilarity(clicks: readonly number[], weight: number, { n, gram, targets }: Sums): void {
  const distinct = [...new Set(clicks)];
  const input = 1 / distinct.length;
  for (const a of distinct) {
    for (const b of distinct) {
      gram[a * n + b]! += weight * input * input;
      targets[b * n + a]! += weight * input;
    }
  }
}

function addTransitions(
  clicks: readonly number[],
  weight: number,
  targetDecay: number,
  { n, gram, targets }: Sums,
): void {
  for (let at = 0; at + 1 < clicks.length; at++) {
    const input = clicks[at]!;
    gram[input * n + input]! += weight;
    for (let later = at + 1; later < clicks.length; later++) {
      targets[clicks[later]! * n + input]! += weight * Math.exp(-(later - at - 1) / targetDecay);
    }
  }
}
