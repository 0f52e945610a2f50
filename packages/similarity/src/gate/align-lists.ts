import type { NeighborLists } from "../neighbor-scorer.ts";
import type { SimilarityModel } from "../similarity-model.ts";

/** A model's lists in the item indices of another catalogue. What that lacks falls out. */
export function alignLists(model: SimilarityModel, itemIds: readonly string[]): NeighborLists {
  const indexOf = new Int32Array(model.itemIds.length).fill(-1);
  const oldIndices = itemIds.map((itemId) => model.indexByItemId.get(itemId) ?? -1);
  for (const [index, old] of oldIndices.entries()) if (old >= 0) indexOf[old] = index;
  const neighborOffsets = new Int32Array(itemIds.length + 1);
  const neighborItems = new Int32Array(model.neighborItems.length);
  const neighborScores = new Float32Array(model.neighborItems.length);
  let count = 0;
  for (const [index, old] of oldIndices.entries()) {
    const end = old < 0 ? 0 : model.neighborOffsets[old + 1]!;
    for (let entry = old < 0 ? 0 : model.neighborOffsets[old]!; entry < end; entry++) {
      const neighbor = indexOf[model.neighborItems[entry]!]!;
      if (neighbor < 0) continue;
      neighborItems[count] = neighbor;
      neighborScores[count++] = model.neighborScores[entry]!;
    }
    neighborOffsets[index + 1] = count;
  }
  return {
    neighborOffsets,
    neighborItems: neighborItems.subarray(0, count),
    neighborScores: neighborScores.subarray(0, count),
  };
}
