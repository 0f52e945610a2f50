import { interactionWeights, type SimilarityModel } from "@footfall/similarity";
import type { RecommendationRequest, ServingState } from "@footfall/similarity/serving";

/**
 * The serving chain as one writes it first: maps keyed by item id, whole candidate sets sorted. The reference of the
 * benchmark, and a second opinion on what the answer must be.
 */
export function naiveRecommend(model: SimilarityModel, request: RecommendationRequest, state: ServingState): string[] {
  const visitor = request.visitorId === undefined ? undefined : state.history.find(request.visitorId);
  const touches = visitor?.touches ?? [];
  const isLive = visitor !== undefined && request.nowMs - visitor.lastAtMs <= 30 * 60_000;
  const isOfSession = (atMs: number): boolean => isLive && atMs >= visitor.sessionStartMs;
  const session = touches.filter((touch) => isOfSession(touch.atMs)).reverse();
  const profile = touches.filter((touch) => !isOfSession(touch.atMs)).reverse();
  const hard = new Set([...request.exclude, request.itemId]);
  for (const touch of touches) {
    if (touch.purchasedAtMs > 0 && request.nowMs - touch.purchasedAtMs <= 24 * 3_600_000) hard.add(touch.itemId);
  }
  const seen = new Set(session.map((touch) => touch.itemId));
  const picked = new Set<string>();
  const pick = (ids: readonly string[], mayBeSeen: boolean): void => {
    for (const itemId of ids) {
      if (picked.size >= request.limit) return;
      if (!hard.has(itemId) && (mayBeSeen || !seen.has(itemId))) picked.add(itemId);
    }
  };
  const current = request.itemId !== undefined && model.indexByItemId.has(request.itemId) ? [request.itemId] : [];
  const others = session.filter((touch) => touch.itemId !== request.itemId);
  const distance = request.itemId === undefined ? 0 : 1;
  const weighed = weigh(model, others.slice(0, 6 - distance), 1, distance);
  const currentWeight = Math.max(1, ...weighed.map(([, weight]) => weight));
  for (const mayBeSeen of [false, true]) {
    if (weighed.length > 0) {
      pick(neighborsOf(model, [...current.map((id) => [id, currentWeight] as const), ...weighed]), mayBeSeen);
    }
    pick(
      neighborsOf(
        model,
        current.map((id) => [id, 1] as const),
      ),
      mayBeSeen,
    );
    pick(neighborsOf(model, weigh(model, profile.slice(0, 10), 5, 0)), mayBeSeen);
    pick(
      state.trending.ranked(request.nowMs).map((item) => item.itemId),
      mayBeSeen,
    );
    if (picked.size < request.limit)
      pick(
        Array.from(model.popularItems, (item) => model.itemIds[item]!),
        mayBeSeen,
      );
  }
  return [...picked];
}

/** The weight that a touch got must be one that the product gives. */
const knownWeights = new Set(Object.values(interactionWeights));

function weigh(
  model: SimilarityModel,
  touches: readonly { itemId: string; weight: number }[],
  decay: number,
  distance: number,
): (readonly [itemId: string, weight: number])[] {
  return touches
    .map(({ itemId, weight }, at) => [itemId, weight * Math.exp(-(at + distance) / decay), weight] as const)
    .filter(([itemId, , weight]) => model.indexByItemId.has(itemId) && knownWeights.has(weight))
    .map(([itemId, weight]) => [itemId, weight] as const);
}

function neighborsOf(model: SimilarityModel, query: readonly (readonly [string, number])[]): string[] {
  const scores = new Map<string, number>();
  for (const [itemId, weight] of query) {
    const item = model.indexByItemId.get(itemId)!;
    for (let at = model.neighborOffsets[item]!; at < model.neighborOffsets[item + 1]!; at++) {
      const other = model.itemIds[model.neighborItems[at]!]!;
      scores.set(other, (scores.get(other) ?? 0) + weight * model.neighborScores[at]!);
    }
  }
  return [...scores]
    .sort((a, b) => b[1] - a[1] || model.indexByItemId.get(a[0])! - model.indexByItemId.get(b[0])!)
    .map(([itemId]) => itemId);
}
