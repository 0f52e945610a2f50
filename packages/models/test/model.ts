import { sha256Hex } from "@footfall/models";
import { type EncodedModel, encodeModel, defaultSimilarityParameters } from "@footfall/similarity";

/** A small model; another lake version makes another one. */
export function model(
  lakeVersion: number,
  parent: string | null = null,
  itemIds: readonly string[] = ["a", "b"],
): EncodedModel {
  const count = itemIds.length;
  return encodeModel(
    {
      itemIds,
      itemSupport: new Int32Array(count).fill(1),
      neighborOffsets: Int32Array.from({ length: count + 1 }, (_, item) => Math.min(item, 1) * Math.min(count, 1)),
      neighborItems: Int32Array.from({ length: Math.min(count, 1) }, () => 1),
      neighborScores: new Float32Array(Math.min(count, 1)).fill(0.5),
      neighborSupport: new Int32Array(Math.min(count, 1)).fill(1),
      popularItems: Int32Array.from({ length: count }, (_, item) => item),
      popularScores: new Float32Array(count).fill(1),
    },
    {
      tenant: "demo",
      lakeVersion,
      parameters: defaultSimilarityParameters,
      parent,
      trainedUntilMs: 5,
      sessions: 1,
      interactions: 2,
    },
    sha256Hex,
  );
}
