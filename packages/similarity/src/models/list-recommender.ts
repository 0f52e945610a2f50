import type { NeighborLists } from "../neighbor-lists.ts";
import type { ItemScores } from "./item-scores.ts";
import type { ExplainingRecommender, SessionQuery, TellShare } from "./recommender.ts";

/**
 * Clicks that weigh less are not asked. With τ = 1 that is the seventh; more of them change no fourth digit of HR or
 * MRR on YooChoose and RetailRocket, and each costs as much as the newest.
 */
const decayMin = 0.004;

/** A list for each item: the session's clicks vote with theirs, the click d before the newest by e^(−d / τ). */
export class ListRecommender implements ExplainingRecommender {
  readonly #lists: NeighborLists;
  readonly #decay: number;

  /** @param decay  τ, clicks; Infinity: all clicks weigh the same */
  constructor(lists: NeighborLists, decay: number) {
    this.#lists = lists;
    this.#decay = decay;
  }

  score(query: SessionQuery, scores: ItemScores): void {
    const { items } = query;
    const { neighborOffsets, neighborItems, neighborScores } = this.#lists;
    for (let at = items.length - 1; at >= 0; at--) {
      const item = items[at]!;
      const weight = this.#weightAt(query, at);
      if (weight === 0) continue;
      const end = neighborOffsets[item + 1]!;
      // An item that came after the lists were learnt has none.
      if (end > 0) scores.addList(neighborItems, neighborScores, neighborOffsets[item]!, end, weight);
    }
  }

  explain(query: SessionQuery, item: number, tell: TellShare): void {
    const { items } = query;
    for (let at = 0; at < items.length; at++) {
      const entry = entryOf(this.#lists, items[at]!, item);
      if (entry >= 0) tell(items[at]!, this.#weightAt(query, at) * this.#lists.neighborScores[entry]!);
    }
  }

  /** How much a click of the query counts; 0 where it is not asked. */
  #weightAt({ items, weights }: SessionQuery, at: number): number {
    const decay = Math.exp((at - items.length + 1) / this.#decay);
    return decay < decayMin ? 0 : decay * (weights?.[at] ?? 1);
  }
}

/** Where an item stands in another's list; -1 where it does not. */
export function entryOf({ neighborOffsets, neighborItems }: NeighborLists, of: number, item: number): number {
  for (let entry = neighborOffsets[of]!; entry < neighborOffsets[of + 1]!; entry++) {
    if (neighborItems[entry] === item) return entry;
  }
  return -1;
}
