import { NeighborScorer, queryItemsMax, type WeightedItem } from "../neighbor-scorer.ts";
import type { SimilarityModel } from "../similarity-model.ts";
import type {
  Recommendation,
  RecommendationRequest,
  RecommendationResponse,
  RecommendationSource,
} from "./recommendation.ts";
import type { TrendingItems } from "./trending-items.ts";
import {
  type ItemKey,
  type ItemTouch,
  runningSessionStart,
  type Visitor,
  type VisitorHistory,
} from "./visitor-history.ts";

/** What happened lately, of one tenant. */
export interface ServingState {
  readonly history: VisitorHistory;
  readonly trending: TrendingItems;
}

/** A model with the scratch arrays that ranking with it needs. One a model and thread. */
export interface ServedModel {
  readonly model: SimilarityModel;
  readonly scorer: NeighborScorer;
}

export function serveModel(model: SimilarityModel): ServedModel {
  return { model, scorer: new NeighborScorer(model) };
}

/** How the clicks of a query count: one d items back weighs e^(-d/decay), and only so many are looked at. */
interface QueryWeighting {
  readonly decay: number;
  readonly itemsMax: number;
}

/** λ 1 within a session is best in the published comparisons; across visits interest fades more slowly. */
const sessionWeighting: QueryWeighting = { decay: 1, itemsMax: queryItemsMax };
const profileWeighting: QueryWeighting = { decay: 5, itemsMax: 10 };
/** What was bought so lately is not recommended again. */
export const purchaseQuietMs = 24 * 3_600_000;

/**
 * Ranks items for one request: session → item → user → trending → popular, each source filling what the ones before it
 * left free. Items the visitor has already looked at in this session come only when nothing new is left, in the same
 * order of sources. Never in the answer: `exclude`, the item on the page, what the visitor bought within 24 hours.
 * Deterministic; with a model of 100 neighbours a list and 6 recent items it adds up 600 numbers.
 * @param served  undefined while there is no model: then only trending items are known
 */
export function recommend(
  served: ServedModel | undefined,
  request: RecommendationRequest,
  state: ServingState,
): RecommendationResponse {
  const visitor = request.visitorId === undefined ? undefined : state.history.find(request.visitorId);
  const answer = new Answer(request.limit);
  const model = served?.model;
  for (const itemId of request.exclude) answer.forbid(itemKeyOf(itemId, model));
  if (request.itemId !== undefined) answer.forbid(itemKeyOf(request.itemId, model));
  const sessionStart = visitor ? runningSessionStart(visitor, request.nowMs) : 0;
  const seen: ItemKey[] = [];
  if (visitor) {
    visitor.touches.forEach((touch, position) => {
      const isQuiet = touch.purchasedAtMs > 0 && request.nowMs - touch.purchasedAtMs <= purchaseQuietMs;
      if (isQuiet) answer.forbid(touchKeyOf(touch, model));
      else if (position >= sessionStart) seen.push(touchKeyOf(touch, model));
    });
  }
  const held = seen.filter((key) => answer.forbid(key));
  runChain(answer, served, request, state, visitor, sessionStart);
  if (!answer.isFull && held.length > 0) {
    for (const key of held) answer.allow(key);
    runChain(answer, served, request, state, visitor, sessionStart);
  }
  return {
    requestId: request.requestId,
    modelVersion: model?.version ?? null,
    placement: request.placement,
    items: answer.items,
  };
}

function runChain(
  answer: Answer,
  served: ServedModel | undefined,
  request: RecommendationRequest,
  state: ServingState,
  visitor: Visitor | undefined,
  sessionStart: number,
): void {
  if (served) {
    const { model } = served;
    const current = request.itemId === undefined ? undefined : model.indexByItemId.get(request.itemId);
    if (visitor) {
      const session = sessionQuery(visitor, sessionStart, request.itemId, model);
      if (session.length > 0) {
        if (current !== undefined) session.unshift({ itemIndex: current, weight: heaviest(session) });
        fillByNeighbors(answer, served, session, "session");
      }
    }
    if (!answer.isFull && current !== undefined) {
      fillByNeighbors(answer, served, [{ itemIndex: current, weight: 1 }], "item");
    }
    if (!answer.isFull && visitor) {
      fillByNeighbors(answer, served, touchQuery(visitor, 0, sessionStart, model, profileWeighting, 0), "user");
    }
  }
  if (!answer.isFull) {
    for (const { itemId, score } of state.trending.ranked(request.nowMs)) {
      if (answer.isFull) break;
      answer.offer(itemKeyOf(itemId, served?.model), itemId, score, "trending");
    }
  }
  if (!answer.isFull && served) fillByPopularity(answer, served.model);
}

/** What the item on the page weighs: at least as much as any other item of the query. */
function heaviest(query: readonly WeightedItem[]): number {
  return query.reduce((weight, item) => Math.max(weight, item.weight), 1);
}

/** The running session without the item on the page, which takes the place of the newest click. */
function sessionQuery(
  visitor: Visitor,
  sessionStart: number,
  currentItemId: string | undefined,
  model: SimilarityModel,
): WeightedItem[] {
  const { touches } = visitor;
  const distance = currentItemId === undefined ? 0 : 1;
  return touchQuery(visitor, sessionStart, touches.length, model, sessionWeighting, distance, currentItemId);
}

/** Touches [from, to) as a query, newest first; the newest is `distance` items back. */
function touchQuery(
  visitor: Visitor,
  from: number,
  to: number,
  model: SimilarityModel,
  { decay, itemsMax }: QueryWeighting,
  distance: number,
  exceptItemId?: string,
): WeightedItem[] {
  const query: WeightedItem[] = [];
  let itemsBack = distance;
  for (let at = to - 1; at >= from && itemsBack < itemsMax; at--) {
    const touch = visitor.touches[at]!;
    if (touch.itemId === exceptItemId) continue;
    const itemIndex = touchKeyOf(touch, model);
    if (typeof itemIndex === "number") query.push({ itemIndex, weight: touch.weight * Math.exp(-itemsBack / decay) });
    itemsBack++;
  }
  return query;
}

function fillByNeighbors(
  answer: Answer,
  { model, scorer }: ServedModel,
  query: readonly WeightedItem[],
  source: RecommendationSource,
): void {
  const best = scorer.top(query, answer.space, (itemIndex) => answer.isForbidden(itemIndex));
  for (const { itemIndex, score } of best) answer.offer(itemIndex, model.itemIds[itemIndex]!, score, source);
}

function fillByPopularity(answer: Answer, model: SimilarityModel): void {
  const { popularItems, popularScores, itemIds } = model;
  for (let rank = 0; rank < popularItems.length && !answer.isFull; rank++) {
    const itemIndex = popularItems[rank]!;
    answer.offer(itemIndex, itemIds[itemIndex]!, popularScores[rank]!, "popular");
  }
}

function itemKeyOf(itemId: string, model: SimilarityModel | undefined): ItemKey {
  return model?.indexByItemId.get(itemId) ?? itemId;
}

/** The key of a touched item. The touch remembers it: the same visitor asks again on every page. */
function touchKeyOf(touch: ItemTouch, model: SimilarityModel | undefined): ItemKey {
  if (model === undefined) return touch.itemId;
  if (touch.keyVersion !== model.version) {
    touch.key = itemKeyOf(touch.itemId, model);
    touch.keyVersion = model.version;
  }
  return touch.key;
}

/** The answer under construction: the one place that decides whether an item may enter (invariant I8). */
class Answer {
  readonly items: Recommendation[] = [];
  readonly #limit: number;
  readonly #forbidden = new Set<ItemKey>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.items.length >= this.#limit;
  }

  get space(): number {
    return this.#limit - this.items.length;
  }

  /** @returns whether it was allowed before */
  forbid(key: ItemKey): boolean {
    if (this.#forbidden.has(key)) return false;
    this.#forbidden.add(key);
    return true;
  }

  allow(key: ItemKey): void {
    this.#forbidden.delete(key);
  }

  isForbidden(key: ItemKey): boolean {
    return this.#forbidden.has(key);
  }

  offer(key: ItemKey, itemId: string, score: number, source: RecommendationSource): void {
    if (!this.isFull && this.forbid(key)) this.items.push({ itemId, score, source });
  }
}
