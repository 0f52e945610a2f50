import { queryItemsMax, type WeightedItem } from "../neighbor-scorer.ts";
import type { SimilarityModel } from "../similarity-model.ts";
import { Answer } from "./answer.ts";
import { diversify } from "./diversify.ts";
import { ItemGate } from "./item-gate.ts";
import type { Pin } from "./ranking-rules.ts";
import type { ServedModel } from "./served-model.ts";
import type { Recommendation, RecommendationRequest, RecommendationResponse } from "./recommendation.ts";
import { fillByCatalogue, fillByNeighbors, fillByPopularity, fillByTrend } from "./sources.ts";
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

/** Candidates that diversity chooses from, for each item of the answer and in all. */
const diversityPool = { factor: 4, min: 40, max: 200 } as const;

/**
 * Ranks items for one request: session → item → user → trending → popular, each source filling what the ones before it
 * left free. Items the visitor has already looked at in this session come only when nothing new is left, in the same
 * order of sources. Never in the answer: `exclude`, the item on the page, what the visitor bought within 24 hours, and
 * what `rules` forbid; where they have a filter and the sources too little that passes, its whole catalogue is tried.
 * Deterministic; with a model of 100 neighbours a list and 6 recent items it adds up 600 numbers.
 * @param served  undefined while there is no model: then only trending items, and the catalogue's, are known
 */
export function recommend(
  served: ServedModel | undefined,
  request: RecommendationRequest,
  state: ServingState,
): RecommendationResponse {
  const { rules } = request;
  const visitor = request.visitorId === undefined ? undefined : state.history.find(request.visitorId);
  const model = served?.model;
  const gate = rules && new ItemGate(rules, model);
  const answer = new Answer(request.limit, gate);
  for (const itemId of request.exclude) answer.forbid(itemKeyOf(itemId, model));
  if (request.itemId !== undefined) answer.forbid(itemKeyOf(request.itemId, model));
  const sessionStart = visitor ? runningSessionStart(visitor, request.nowMs) : 0;
  const seen = visitor ? forbidTouched(answer, visitor, sessionStart, request, model) : [];
  for (const { itemId } of rules?.pins ?? []) answer.offer(itemKeyOf(itemId, model), itemId, 1, "pinned");
  const held = seen.filter((key) => answer.forbid(key));
  const run = (into: Answer): void => runChain(into, served, request, state, visitor, sessionStart);
  if (rules?.diversity && gate && !answer.isFull) {
    const { factor, min, max } = diversityPool;
    const pool = answer.poolOf(Math.min(max, Math.max(min, factor * request.limit)));
    gate.capsHold = false;
    run(pool);
    gate.capsHold = true;
    diversify(answer, pool, rules.diversity, rules.numbers, model);
  }
  if (!answer.isFull) run(answer);
  if (!answer.isFull && held.length > 0) {
    for (const key of held) answer.allow(key);
    run(answer);
  }
  const { items } = answer;
  return {
    requestId: request.requestId,
    modelVersion: model?.version ?? null,
    placement: request.placement,
    items: rules?.pins ? placePins(items, rules.pins) : items,
    ...(rules?.filter &&
      gate && { filtered: gate.filtered, fallback: items.some(({ source }) => source === "catalogue") }),
  };
}

/** Forbids what the visitor bought, or all that was seen. @returns what was seen in this session and comes last */
function forbidTouched(
  answer: Answer,
  visitor: Visitor,
  sessionStart: number,
  { nowMs, rules }: RecommendationRequest,
  model: SimilarityModel | undefined,
): ItemKey[] {
  const seen: ItemKey[] = [];
  const quietMs = rules?.excludePurchased === true ? Number.POSITIVE_INFINITY : purchaseQuietMs;
  const isSeenForbidden = rules?.excludeSeen === true;
  visitor.touches.forEach((touch, position) => {
    const isQuiet = touch.purchasedAtMs > 0 && nowMs - touch.purchasedAtMs <= quietMs;
    if (isQuiet || isSeenForbidden) answer.forbid(touchKeyOf(touch, model));
    else if (position >= sessionStart) seen.push(touchKeyOf(touch, model));
  });
  return seen;
}

/** Pinned items go to their positions; where the answer is too short for one, it comes last. */
function placePins(items: readonly Recommendation[], pins: readonly Pin[]): readonly Recommendation[] {
  const pinned = new Map(items.filter(({ source }) => source === "pinned").map((item) => [item.itemId, item]));
  const placed = items.filter(({ source }) => source !== "pinned");
  for (const { itemId, position } of [...pins].sort((a, b) => a.position - b.position)) {
    const item = pinned.get(itemId);
    if (!item) continue;
    placed.splice(position - 1, 0, item);
    pinned.delete(itemId);
  }
  return placed;
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
  if (!answer.isFull) fillByTrend(answer, served?.model, state.trending, request.nowMs);
  const allowed = request.rules?.filter?.allowed;
  if (!answer.isFull && served) fillByPopularity(answer, served.model, allowed === undefined);
  const numbers = request.rules?.numbers;
  if (!answer.isFull && allowed && numbers) fillByCatalogue(answer, allowed, numbers);
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
