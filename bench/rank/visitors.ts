import type { Random } from "@footfall/base";
import {
  type RecommendationRequest,
  type ServingState,
  TrendingItems,
  VisitorHistory,
} from "@footfall/similarity/serving";
import { itemIdOf } from "./synthetic-model.ts";

export const nowMs = 1_780_000_000_000;

/** Visitors with 1 to 20 items in the running session, some with carts and earlier visits, and what they make trend. */
export function syntheticState(visitors: number, items: number, random: Random): ServingState {
  const history = new VisitorHistory({ visitorsMax: visitors });
  const trending = new TrendingItems();
  for (let visitor = 0; visitor < visitors; visitor++) {
    const topic = Math.floor(items * random() ** 2.5);
    const length = 1 + Math.floor(20 * random());
    const profileLength = random() < 0.3 ? 10 : 0;
    for (let click = -profileLength; click < length; click++) {
      const atMs = nowMs - (length - click) * 20_000 - (click < 0 ? 86_400_000 : 0);
      const item = random() < 0.5 ? (topic + Math.floor(200 * random())) % items : Math.floor(items * random() ** 2.5);
      const weight = random() < 0.1 ? 3 : 1;
      const itemId = itemIdOf(item);
      history.observe({ visitorId: `visitor-${visitor}`, itemId, weight, isPurchase: false, atMs });
      trending.observe(itemId, weight, atMs, nowMs);
    }
  }
  return { history, trending };
}

/** Requests as pages send them: half for the item on the page, one in ten by a visitor nobody knows. */
export function syntheticRequest(visitors: number, items: number, random: Random): RecommendationRequest {
  const isKnown = random() < 0.9;
  const visitorId = `${isKnown ? "visitor" : "stranger"}-${Math.floor(visitors * random())}`;
  const isItemPage = random() < 0.5;
  return {
    requestId: "018f0000-0000-7000-8000-000000000000",
    placement: "bench",
    visitorId,
    limit: 10,
    exclude: random() < 0.2 ? [itemIdOf(Math.floor(items * random())), itemIdOf(Math.floor(items * random()))] : [],
    nowMs,
    ...(isItemPage ? { itemId: itemIdOf(Math.floor(items * random() ** 2.5)) } : {}),
  };
}
