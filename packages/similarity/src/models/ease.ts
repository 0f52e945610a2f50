import type { ItemSessions } from "../item-sessions.ts";
import { headItems, listsOfRows } from "./linear-lists.ts";
import { solveSymmetric } from "./linear-solver.ts";
import { ListRecommender } from "./list-recommender.ts";
import type { Recommender } from "./recommender.ts";

export interface EaseParameters {
  /** Ridge regression's λ. */
  readonly lambda: number;
  /** How fast older clicks of the query lose weight, clicks. */
  readonly queryDecay: number;
  /** Only the most clicked items take part; the work grows with the cube, the memory with the square. */
  readonly itemsMax: number;
  /** Entries kept per item. */
  readonly neighborsMax: number;
}

/**
 * EASE, a linear item-item model without the diagonal (Steck, "Embarrassingly shallow autoencoders", WWW 2019):
 * P = (XᵀX + λI)⁻¹, B_ij = −P_ij / P_jj. X: a session's items, each once. No item recommends itself.
 */
export function learnEase(sessions: ItemSessions, parameters: EaseParameters): Recommender {
  const head = headItems(sessions, parameters.itemsMax);
  const n = head.items.length;
  const gram = new Float64Array(n * n);
  for (let session = 0; session < sessions.sessionCount; session++) {
    const clicks = sessions.items.subarray(sessions.offsets[session], sessions.offsets[session + 1]);
    const distinct = [...new Set(clicks)].map((item) => head.indexOf[item]!).filter((place) => place >= 0);
    for (const a of distinct) for (const b of distinct) gram[a * n + b]! += 1;
  }
  const inverse = new Float64Array(n * n);
  for (let at = 0; at < n; at++) {
    gram[at * n + at]! += parameters.lambda;
    inverse[at * n + at] = 1;
  }
  solveSymmetric(gram, inverse, n);
  // Row j of the symmetric inverse becomes column j of B.
  for (let j = 0; j < n; j++) {
    const scale = -1 / inverse[j * n + j]!;
    for (let i = 0; i < n; i++) inverse[j * n + i]! *= scale;
    inverse[j * n + j] = 0;
  }
  return new ListRecommender(listsOfRows(inverse, head, parameters.neighborsMax), parameters.queryDecay);
}
