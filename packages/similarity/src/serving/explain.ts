import { pairLikelihood } from "../score-similarity.ts";
import type { SimilarityModel } from "../similarity-model.ts";
import type { Answer } from "./answer.ts";
import type { NeighborQueries, NeighborSource } from "./neighbor-queries.ts";
import type { Reason, Recommendation } from "./recommendation.ts";

/** Reasons told of an item, the strongest first. */
const reasonsMax = 5;

/** The items of an answer, each of those that the model's neighbours brought with the reasons for it. */
export function explain(answer: Answer, model: SimilarityModel, queries: NeighborQueries): readonly Recommendation[] {
  return answer.items.map((item, at) => {
    const key = answer.keys[at]!;
    if (typeof key !== "number" || !isNeighborSource(item.source)) return item;
    return { ...item, because: reasonsFor(key, model, queries.of(item.source)) };
  });
}

function isNeighborSource(source: Recommendation["source"]): source is NeighborSource {
  return source === "session" || source === "item" || source === "user";
}

function reasonsFor(item: number, model: SimilarityModel, query: ReturnType<NeighborQueries["of"]>): Reason[] {
  const parts = query.flatMap(({ itemIndex, weight }) => {
    const entry = entryOf(model, itemIndex, item);
    return entry < 0 ? [] : [{ itemIndex, entry, score: weight * model.neighborScores[entry]! }];
  });
  const total = parts.reduce((sum, { score }) => sum + score, 0);
  parts.sort((a, b) => b.score - a.score || a.itemIndex - b.itemIndex);
  return parts.slice(0, reasonsMax).map(({ itemIndex, entry, score }) => {
    const { itemSupport, neighborSupport, manifest } = model;
    const sessionsWithBoth = neighborSupport[entry]!;
    // Of an item seen more often, only so many sessions were counted.
    const sessionsWithItem = Math.min(itemSupport[itemIndex]!, manifest.parameters.sessionsPerItemMax);
    return {
      itemId: model.itemIds[itemIndex]!,
      share: score / total,
      sessionsWithBoth,
      sessionsWithItem,
      llr: pairLikelihood(sessionsWithBoth, sessionsWithItem, itemSupport[item]!, manifest.sizes.sessions),
    };
  });
}

/** Where an item stands in another's list; -1 where it does not. */
function entryOf({ neighborOffsets, neighborItems }: SimilarityModel, of: number, item: number): number {
  for (let entry = neighborOffsets[of]!; entry < neighborOffsets[of + 1]!; entry++) {
    if (neighborItems[entry] === item) return entry;
  }
  return -1;
}
