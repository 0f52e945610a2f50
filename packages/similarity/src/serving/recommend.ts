import type { SimilarityModel } from "../similarity-model.ts";
import { Answer } from "./answer.ts";
import { diversify } from "./diversify.ts";
import { explain } from "./explain.ts";
import { ItemGate } from "./item-gate.ts";
import { itemKeyOf, touchKeyOf } from "./item-key.ts";
import { type KnownVisitor, NeighborQueries } from "./neighbor-queries.ts";
import { askedSources, type Pin } from "./ranking-rules.ts";
import type { ServedModel } from "./served-model.ts";
import type { Recommendation, RecommendationRequest, RecommendationResponse } from "./recommendation.ts";
import { fillByCatalogue, fillByNeighbors, fillByPopularity, fillByTrend } from "./sources.ts";
import type { TrendingItems } from "./trending-items.ts";
import { shownAfter } from "./shown-items.ts";
import type { UserProfiles } from "./user-profiles.ts";
import { type ItemKey, runningSessionStart, type VisitorHistory } from "./visitor-history.ts";

/** What happened lately, of one tenant. */
export interface ServingState {
  readonly history: VisitorHistory;
  readonly trending: TrendingItems;
  /** Absent: nobody signs in. */
  readonly users?: UserProfiles;
}

/** What was bought so lately is not recommended again. */
export const purchaseQuietMs = 24 * 3_600_000;

/** Candidates that diversity chooses from, for each item of the answer and in all. */
const diversityPool = { factor: 4, min: 40, max: 200 } as const;

/**
 * Ranks items for one request: session → item → user → trending → popular, or the sources that `rules` name, each
 * filling what the ones before it left free. Items the visitor has already looked at in this session come only when
 * nothing new is left, in the same order of sources. Never in the answer: `exclude`, the item on the page, what the
 * visitor bought within 24 hours, and what `rules` forbid; where they have a filter and the sources too little that
 * passes, its whole catalogue is tried. Deterministic; with a model of 100 neighbours a list and 6 recent items it
 * looks at 250 sessions and adds up some 1,000 numbers.
 */
export function recommend(
  served: ServedModel,
  request: RecommendationRequest,
  state: ServingState,
): RecommendationResponse {
  const { rules, visitorId, itemId, nowMs } = request;
  const visitor = visitorId === undefined ? undefined : knownOf(visitorId, nowMs, state);
  const { model } = served;
  const gate = rules && new ItemGate(rules, model);
  const answer = new Answer(request.limit, gate);
  for (const excluded of request.exclude) answer.forbid(itemKeyOf(excluded, model));
  if (itemId !== undefined) answer.forbid(itemKeyOf(itemId, model));
  const seen = visitor ? forbidTouched(answer, visitor, request, model) : [];
  for (const pin of rules?.pins ?? []) answer.offer(itemKeyOf(pin.itemId, model), pin.itemId, 1, "pinned");
  const held = seen.filter((key) => answer.forbid(key));
  const queries = new NeighborQueries(served, { visitor, visitorId, itemId, nowMs, rules });
  const run = (into: Answer): void => runChain(into, served, queries, request, state);
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
  const items = request.isExplained ? explain(answer, served, queries) : answer.items;
  return {
    requestId: request.requestId,
    modelVersion: model?.version ?? null,
    placement: request.placement,
    items: rules?.pins ? placePins(items, rules.pins) : items,
    ...(rules?.filter &&
      gate && { filtered: gate.filtered, fallback: items.some(({ source }) => source === "catalogue") }),
    ...(rules?.shown && { cursor: items.length < request.limit ? null : shownAfter(rules.shown, items) }),
  };
}

function knownOf(visitorId: string, nowMs: number, { history, users }: ServingState): KnownVisitor | undefined {
  const visitor = history.find(visitorId);
  if (visitor === undefined) return undefined;
  const sessionStart = runningSessionStart(visitor, nowMs);
  if (users === undefined || visitor.userId === undefined) return { touches: visitor.touches, sessionStart };
  const profile = users.profileOf(visitor, sessionStart);
  return { touches: [...profile, ...visitor.touches.slice(sessionStart)], sessionStart: profile.length };
}

/** Forbids what the visitor bought, or all that was seen. @returns what was seen in this session and comes last */
function forbidTouched(
  answer: Answer,
  { touches, sessionStart }: KnownVisitor,
  { nowMs, rules }: RecommendationRequest,
  model: SimilarityModel | undefined,
): ItemKey[] {
  const seen: ItemKey[] = [];
  const quietMs = rules?.excludePurchased === true ? Number.POSITIVE_INFINITY : purchaseQuietMs;
  const isSeenForbidden = rules?.excludeSeen === true;
  touches.forEach((touch, position) => {
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
  served: ServedModel,
  queries: NeighborQueries,
  request: RecommendationRequest,
  state: ServingState,
): void {
  const { rules } = request;
  const allowed = rules?.filter?.allowed;
  for (const source of rules?.sources ?? askedSources) {
    if (answer.isFull) return;
    if (source === "trending") fillByTrend(answer, served.model, state.trending, request.nowMs);
    else if (source !== "popular") fillByNeighbors(answer, served, queries, source, rules?.minScore);
    else if (served.model) fillByPopularity(answer, served.model, allowed === undefined);
  }
  const numbers = rules?.numbers;
  if (!answer.isFull && allowed && numbers) fillByCatalogue(answer, allowed, numbers);
}
