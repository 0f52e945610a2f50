import type { ModelVersion } from "@footfall/base";
import type { ModelManifest, SimilarityModel } from "../../src/similarity-model.ts";
import { defaultSimilarityParameters } from "../../src/similarity-parameters.ts";

/** A model from neighbour lists by item id; popularity is the order in which the items are given, unless told. */
export function smallModel(
  neighbors: Readonly<Record<string, readonly (readonly [itemId: string, score: number])[]>>,
  popularIds: readonly string[] = Object.keys(neighbors),
): SimilarityModel {
  const itemIds = Object.keys(neighbors);
  const indexByItemId = new Map(itemIds.map((itemId, index) => [itemId, index]));
  const lists = itemIds.map((itemId) =>
    [...neighbors[itemId]!].sort((a, b) => b[1] - a[1] || indexByItemId.get(a[0])! - indexByItemId.get(b[0])!),
  );
  const offsets = [0];
  for (const list of lists) offsets.push(offsets.at(-1)! + list.length);
  const all = lists.flat();
  return {
    version: "v1" as ModelVersion,
    manifest: {
      modelVersion: "v1",
      parameters: defaultSimilarityParameters,
      sizes: { items: itemIds.length, sessions: 100, interactions: 200, neighbors: all.length },
    } as ModelManifest,
    itemIds,
    indexByItemId,
    neighborOffsets: Int32Array.from(offsets),
    neighborItems: Int32Array.from(all, ([itemId]) => indexByItemId.get(itemId)!),
    neighborScores: Float32Array.from(all, ([, score]) => score),
    neighborSupport: new Int32Array(all.length).fill(5),
    itemSupport: new Int32Array(itemIds.length).fill(10),
    popularItems: Int32Array.from(popularIds, (itemId) => indexByItemId.get(itemId)!),
    popularScores: Float32Array.from(popularIds, (_, rank) => popularIds.length - rank),
  };
}
