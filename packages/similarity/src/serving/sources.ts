import type { SimilarityModel } from "../similarity-model.ts";
import { type Answer, BoostedPool } from "./answer.ts";
import type { AllowedList } from "./catalogue-view.ts";
import type { ItemNumbers } from "./item-numbers.ts";
import type { NeighborQueries, NeighborSource } from "./neighbor-queries.ts";
import type { RecommendationSource } from "./recommendation.ts";
import type { ServedModel } from "./served-model.ts";
import type { TrendingItems } from "./trending-items.ts";
import type { ItemKey } from "./visitor-history.ts";

/** Of the popular items so many are tried; where a filter left them nearly all out, the list of allowed ones is. */
const popularTriedMax = 5_000;
const boostedNeighborsMax = 1_000;

type Offer = (key: ItemKey, itemId: string, score: number) => void;

export function fillByNeighbors(
  answer: Answer,
  served: ServedModel,
  queries: NeighborQueries,
  source: NeighborSource,
  minScore = 0,
): void {
  const query = queries.of(source);
  if (query.items.length === 0) return;
  const { live, scores, selection } = served;
  const isExcluded = (item: number): boolean => !live.isKnownEnough(item) || answer.isForbidden(served.keyOf(item));
  const isBoosted = answer.gate !== undefined && answer.gate.boosts.length > 0;
  queries.recommender(source).score(query, scores);
  // Caps shut groups while the answer fills: then it takes more than one look.
  for (let wanted = isBoosted ? boostedNeighborsMax : answer.space; ; wanted *= 4) {
    scores.selectTop(selection, wanted, isExcluded);
    offerAll(answer, source, (offer) => {
      for (let rank = 0; rank < selection.count && selection.scores[rank]! >= minScore; rank++) {
        const key = served.keyOf(selection.indices[rank]!);
        offer(key, served.itemIdOf(key), selection.scores[rank]!);
      }
    });
    if (answer.isFull || selection.count < wanted) break;
  }
  scores.clear();
}

export function fillByTrend(answer: Answer, model: SimilarityModel | undefined, trends: TrendingItems, nowMs: number) {
  const order = trends.ranked(nowMs);
  const keys = answer.gate?.numbers?.trendingKeys(order);
  offerAll(answer, "trending", (offer) => {
    for (let rank = 0; !answer.isFull; rank++) {
      if (keys) rank = answer.gate!.nextAllowed(keys, rank, order.length);
      if (rank >= order.length) return;
      const { itemId, score } = order[rank]!;
      offer(keys?.[rank] ?? model?.indexByItemId.get(itemId) ?? itemId, itemId, score);
    }
  });
}

/** @param isLast  whether nothing comes after, so that all must be tried */
export function fillByPopularity(answer: Answer, model: SimilarityModel, isLast: boolean): void {
  const { popularItems, popularScores, itemIds } = model;
  const end = isLast ? popularItems.length : Math.min(popularItems.length, popularTriedMax);
  offerAll(answer, "popular", (offer) => {
    for (let rank = 0; !answer.isFull; rank++) {
      rank = answer.gate?.nextAllowed(popularItems, rank, end) ?? rank;
      if (rank >= end) return;
      const itemIndex = popularItems[rank]!;
      offer(itemIndex, itemIds[itemIndex]!, popularScores[rank]!);
    }
  });
}

/** What the filter allows of the whole catalogue: by popularity, then what nobody knows yet, newest first. */
export function fillByCatalogue(answer: Answer, allowed: AllowedList, numbers: ItemNumbers): void {
  const { model, catalogue, popularityRanks } = numbers;
  const known: { key: number; rank: number }[] = [];
  const unknown: ItemKey[] = [];
  for (const number of allowed.remembered()) {
    const key = numbers.keyOf(catalogue.idOf(number));
    const rank = typeof key === "number" ? popularityRanks[key]! : -1;
    if (rank >= 0) known.push({ key: key as number, rank });
    else unknown.push(key);
  }
  known.sort((a, b) => a.rank - b.rank);
  const lowest = model?.popularScores.at(-1) ?? 1;
  let tried = 0;
  const offerUnknown = (key: ItemKey, offer: Offer): void => {
    offer(key, typeof key === "number" ? model!.itemIds[key]! : key, lowest / (2 + tried++));
  };
  offerAll(answer, "catalogue", (offer) => {
    for (const { key, rank } of known) offer(key, model!.itemIds[key]!, model!.popularScores[rank]!);
    for (const key of unknown) offerUnknown(key, offer);
  });
  if (answer.isFull) return;
  offerAll(answer, "catalogue", (offer) => {
    for (const number of allowed.others()) {
      if (answer.isFull) return;
      offerUnknown(numbers.keyOf(catalogue.idOf(number)), offer);
    }
  });
}

function offerAll(answer: Answer, source: RecommendationSource, each: (offer: Offer) => void): void {
  const { gate } = answer;
  if (gate === undefined || gate.boosts.length === 0) {
    each((key, itemId, score) => answer.offer(key, itemId, score, source));
    return;
  }
  const pool = new BoostedPool(answer, gate, source);
  each((key, itemId, score) => pool.add(key, itemId, score));
  pool.flush();
}
