import { TopSelection } from "./top-selection.ts";

/** The part of a model that scoring reads; `SimilarityModel` has it. */
export interface NeighborLists {
  readonly neighborOffsets: Int32Array;
  readonly neighborItems: Int32Array;
  readonly neighborScores: Float32Array;
}

/** What is known of a visitor: item indices with weights; one without a weight > 0 counts nothing, and
 * an item may occur more than once. */
export interface WeightedItem {
  readonly itemIndex: number;
  readonly weight: number;
}

export interface ScoredItem {
  readonly itemIndex: number;
  /** Σ weight × similarity over the query's items; > 0. */
  readonly score: number;
  /** The query's item that contributed most; the earlier one in the query at equal shares. */
  readonly becauseIndex: number;
}

/**
 * Ranks items for a weighted set of items: accumulate the neighbour lists into dense arrays, then select.
 * Order: higher score first, equal scores by smaller item index (indices run from the most to the least seen item).
 * Not re-entrant, but `top` never yields; one scorer per thread and model, 20 bytes per item. `top` allocates nothing
 * but its result.
 */
export class NeighborScorer {
  private readonly lists: NeighborLists;
  private readonly scores: Float64Array;
  private readonly bestShares: Float64Array;
  private readonly bestItems: Int32Array;
  private readonly touched: Int32Array;
  private readonly selection = new TopSelection(64);

  constructor(lists: NeighborLists) {
    const itemCount = lists.neighborOffsets.length - 1;
    this.lists = lists;
    this.scores = new Float64Array(itemCount);
    this.bestShares = new Float64Array(itemCount);
    this.bestItems = new Int32Array(itemCount);
    this.touched = new Int32Array(itemCount);
  }

  /**
   * The n best items for the query. Items of the query itself are not left out unless `isExcluded` says so.
   * @param isExcluded  asked only of candidates that would be in the result; n items survive it whenever there are n
   */
  top(query: readonly WeightedItem[], n: number, isExcluded: (itemIndex: number) => boolean): ScoredItem[] {
    const touchedCount = this.accumulate(query);
    const { scores, touched, selection } = this;
    selection.reset(Math.max(0, Math.min(n, touchedCount)));
    for (let t = 0; t < touchedCount; t++) {
      const item = touched[t]!;
      const score = scores[item]!;
      scores[item] = 0;
      if (selection.wouldKeep(score, item) && !isExcluded(item)) selection.add(score, item);
    }
    selection.sort();
    const result = new Array<ScoredItem>(selection.count);
    for (let rank = 0; rank < selection.count; rank++) {
      const itemIndex = selection.indices[rank]!;
      result[rank] = { itemIndex, score: selection.scores[rank]!, becauseIndex: this.bestItems[itemIndex]! };
    }
    return result;
  }

  private accumulate(query: readonly WeightedItem[]): number {
    const { neighborOffsets, neighborItems, neighborScores } = this.lists;
    const { scores, bestShares, bestItems, touched } = this;
    let touchedCount = 0;
    for (const { itemIndex, weight } of query) {
      if (!(weight > 0)) continue;
      const end = neighborOffsets[itemIndex + 1]!;
      for (let at = neighborOffsets[itemIndex]!; at < end; at++) {
        const candidate = neighborItems[at]!;
        const share = weight * neighborScores[at]!;
        const score = scores[candidate]!;
        if (score === 0) {
          touched[touchedCount++] = candidate;
          bestShares[candidate] = share;
          bestItems[candidate] = itemIndex;
        } else if (share > bestShares[candidate]!) {
          bestShares[candidate] = share;
          bestItems[candidate] = itemIndex;
        }
        scores[candidate] = score + share;
      }
    }
    return touchedCount;
  }
}

/** Clicks of a session that still count for a recommendation; e^-10 of the newest one's weight is nothing. */
export const queryItemsMax = 10;

/**
 * A session as a query: its last clicks, the click at distance d from the newest weighing e^-d (session decay 1).
 * @param items  item indices in the order of the clicks, oldest first
 */
export function weighSession(items: ArrayLike<number>): WeightedItem[] {
  const length = items.length;
  const query: WeightedItem[] = [];
  for (let at = length - 1; at >= Math.max(0, length - queryItemsMax); at--) {
    query.push({ itemIndex: items[at]!, weight: Math.exp(at - (length - 1)) });
  }
  return query;
}
