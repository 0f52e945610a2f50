import { entryOf } from "../models/list-recommender.ts";
import { pairLikelihood } from "../score-similarity.ts";
import type { Answer } from "./answer.ts";
import type { NeighborQueries, NeighborSource } from "./neighbor-queries.ts";
import type { Reason, Recommendation } from "./recommendation.ts";
import type { ServedModel } from "./served-model.ts";

/** Reasons told of an item, the strongest first. */
const reasonsMax = 5;

/** The items of an answer, each of those that the model or live sessions brought with the reasons for it. */
export function explain(answer: Answer, served: ServedModel, queries: NeighborQueries): readonly Recommendation[] {
  return answer.items.map((recommended, at) => {
    const { source } = recommended;
    const item = served.itemOf(answer.keys[at]!);
    if (item === undefined || !isNeighborSource(source)) return recommended;
    return { ...recommended, because: reasonsFor(item, served, queries, source) };
  });
}

function isNeighborSource(source: Recommendation["source"]): source is NeighborSource {
  return source === "session" || source === "item" || source === "user";
}

function reasonsFor(item: number, served: ServedModel, queries: NeighborQueries, source: NeighborSource): Reason[] {
  const query = queries.of(source);
  const recommender = queries.recommender(source);
  const shares = new Map<number, number>();
  recommender.explain(query, item, (from, share) => shares.set(from, (shares.get(from) ?? 0) + share));
  const total = [...shares.values()].reduce((sum, share) => sum + share, 0);
  const strongest = [...shares].sort(([a, x], [b, y]) => y - x || a - b).slice(0, reasonsMax);
  return strongest.map(([from, share]) => ({
    itemId: served.itemIdOf(served.keyOf(from)),
    share: share / total,
    ...pairCounts(from, item, served, query.ownSession),
  }));
}

type PairCounts = Pick<Reason, "sessionsWithBoth" | "sessionsWithItem" | "llr">;

function pairCounts(from: number, item: number, served: ServedModel, ownSession = -1): PairCounts {
  const { live } = served;
  const learnt = countLearnt(from, item, served);
  const others = liveSessionsWith(from, served).filter((number) => number !== ownSession);
  const both = others.filter((number) => live.sessionOf(number).items.includes(item));
  const sessionsWithBoth = learnt.both + both.length;
  const sessionsWithItem = learnt.from + others.length;
  const supportOfItem = (live.learnt.index.itemSupport[item] ?? 0) + live.supportOf(item);
  return {
    sessionsWithBoth,
    sessionsWithItem,
    llr: pairLikelihood(sessionsWithBoth, sessionsWithItem, supportOfItem, live.sessionCount),
  };
}

/** Of the sessions that the model has counted for an item, how many held the other one, too. */
function countLearnt(from: number, item: number, { model, live }: ServedModel): { both: number; from: number } {
  const { index } = live.learnt;
  if (model === undefined || from >= index.itemCount) return { both: 0, from: 0 };
  const counted = Math.min(model.itemSupport[from]!, model.manifest.parameters.sessionsPerItemMax);
  if (item >= index.itemCount) return { both: 0, from: counted };
  const entry = entryOf(model, from, item);
  if (entry >= 0) return { both: model.neighborSupport[entry]!, from: counted };
  // Not in the list: then sessions alike have brought it, and they tell.
  const sessions = index.postings.subarray(index.itemOffsets[from], index.itemOffsets[from + 1]);
  const both = sessions.filter((session) =>
    index.items.subarray(index.offsets[session], index.offsets[session + 1]).includes(item),
  );
  return { both: both.length, from: sessions.length };
}

function liveSessionsWith(item: number, { live }: ServedModel): Int32Array {
  const list = live.sessionsWith(item);
  return list?.numbers.subarray(list.start).filter((number) => live.isCurrent(number)) ?? new Int32Array(0);
}
