import type { EvaluationReport, ModelManifest, SimilarityModel } from "@footfall/similarity";

/** What a new model does differently from the one served before. */
export interface ModelChanges {
  readonly previousVersion: string;
  readonly itemsNew: number;
  readonly itemsGone: number;
  /** Share of places in the lists (first 20 neighbours, items of both models) taken by an item not listed before. */
  readonly neighborsChangedShare: number;
  /** Items of today's 100 most popular that climbed or fell most; rank 1 is the most popular, null: not ranked. */
  readonly topMovers: readonly PopularityMove[];
  readonly sizesBefore: ModelManifest["sizes"];
  readonly metricsBefore?: EvaluationReport;
}

export interface PopularityMove {
  readonly itemId: string;
  readonly rankBefore: number | null;
  readonly rankAfter: number;
}

const placesCompared = 20;
const popularCompared = 100;
const moversMax = 5;

export function compareModels(before: SimilarityModel, after: SimilarityModel): ModelChanges {
  const { metrics: metricsBefore, modelVersion: previousVersion, sizes: sizesBefore } = before.manifest;
  return {
    previousVersion,
    itemsNew: after.itemIds.filter((id) => !before.indexByItemId.has(id)).length,
    itemsGone: before.itemIds.filter((id) => !after.indexByItemId.has(id)).length,
    neighborsChangedShare: neighborsChangedShare(before, after),
    topMovers: topMovers(before, after),
    sizesBefore,
    ...(metricsBefore === undefined ? {} : { metricsBefore }),
  };
}

function neighborsChangedShare(before: SimilarityModel, after: SimilarityModel): number {
  const oldIndexOf = Int32Array.from(after.itemIds, (id) => before.indexByItemId.get(id) ?? -1);
  let places = 0;
  let changed = 0;
  for (let item = 0; item < after.itemIds.length; item++) {
    const oldItem = oldIndexOf[item]!;
    if (oldItem < 0) continue;
    const listedBefore = new Set(firstNeighbors(before, oldItem));
    for (const neighbor of firstNeighbors(after, item)) {
      places++;
      if (!listedBefore.has(oldIndexOf[neighbor]!)) changed++;
    }
  }
  return places === 0 ? 0 : changed / places;
}

function firstNeighbors(model: SimilarityModel, item: number): Int32Array {
  const start = model.neighborOffsets[item]!;
  return model.neighborItems.subarray(start, Math.min(start + placesCompared, model.neighborOffsets[item + 1]!));
}

function topMovers(before: SimilarityModel, after: SimilarityModel): PopularityMove[] {
  const rankBefore = new Map<string, number>();
  before.popularItems.forEach((item, at) => rankBefore.set(before.itemIds[item]!, at + 1));
  const moves = Array.from(after.popularItems.subarray(0, popularCompared), (item, at) => {
    const itemId = after.itemIds[item]!;
    return { itemId, rankBefore: rankBefore.get(itemId) ?? null, rankAfter: at + 1 };
  });
  const distance = (move: PopularityMove) =>
    Math.abs((move.rankBefore ?? before.popularItems.length + 1) - move.rankAfter);
  return moves
    .filter((move) => distance(move) > 0)
    .sort((a, b) => distance(b) - distance(a) || a.rankAfter - b.rankAfter)
    .slice(0, moversMax);
}
