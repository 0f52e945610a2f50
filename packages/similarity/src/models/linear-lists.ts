import { clicksPerItem, type ItemSessions } from "../item-sessions.ts";
import type { NeighborLists } from "../neighbor-lists.ts";
import { TopSelection } from "../top-selection.ts";

/** The most clicked items of a catalogue. */
export interface HeadItems {
  readonly items: Int32Array;
  /** Item → place in `items`, or -1. */
  readonly indexOf: Int32Array;
}

export function headItems(sessions: ItemSessions, itemsMax: number): HeadItems {
  const clicks = clicksPerItem(sessions);
  const known = Int32Array.from(clicks.keys()).filter((item) => clicks[item]! > 0);
  const head = known.sort((a, b) => clicks[b]! - clicks[a]! || a - b).slice(0, itemsMax);
  const indexOf = new Int32Array(sessions.itemCount).fill(-1);
  for (const [at, item] of head.entries()) indexOf[item] = at;
  return { items: head, indexOf };
}

/** The largest entries of each row of B that are above 0. @param columns  Bᵀ, n × n over the head */
export function listsOfRows(columns: Float64Array, head: HeadItems, neighborsMax: number): NeighborLists {
  const n = head.items.length;
  const itemCount = head.indexOf.length;
  const neighborOffsets = new Int32Array(itemCount + 1);
  const items: number[] = [];
  const scores: number[] = [];
  const selection = new TopSelection(neighborsMax);
  for (let item = 0; item < itemCount; item++) {
    const row = head.indexOf[item]!;
    if (row >= 0) {
      selection.reset(Math.min(n, neighborsMax));
      for (let other = 0; other < n; other++) {
        const score = columns[other * n + row]!;
        if (score > 0) selection.add(score, head.items[other]!);
      }
      selection.sort();
      for (let rank = 0; rank < selection.count; rank++) {
        items.push(selection.indices[rank]!);
        scores.push(selection.scores[rank]!);
      }
    }
    neighborOffsets[item + 1] = items.length;
  }
  return { neighborOffsets, neighborItems: Int32Array.from(items), neighborScores: Float32Array.from(scores) };
}
