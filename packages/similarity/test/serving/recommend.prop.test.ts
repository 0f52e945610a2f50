import * as fc from "fast-check";
import { expect, test } from "vitest";
import { purchaseQuietMs, recommend } from "../../src/serving/recommend.ts";
import { ServedModel } from "../../src/serving/served-model.ts";
import { recommendationSources } from "../../src/serving/recommendation.ts";
import { TrendingItems } from "../../src/serving/trending-items.ts";
import { VisitorHistory } from "../../src/serving/visitor-history.ts";
import { smallModel } from "./small-model.ts";

const nowMs = 1_700_000_000_000;
const anyItem = fc.constantFrom(..."abcdefghij");
const minutes = fc.integer({ min: 0, max: 48 * 60 });
const anyModel = fc
  .uniqueArray(anyItem, { minLength: 1 })
  .chain((known) =>
    fc.record({
      known: fc.constant(known),
      lists: fc.array(
        fc.uniqueArray(fc.tuple(fc.constantFrom(...known), fc.integer({ min: 1, max: 99 })), { selector: (p) => p[0] }),
        { minLength: known.length, maxLength: known.length },
      ),
    }),
  )
  .map(({ known, lists }) =>
    smallModel(
      Object.fromEntries(
        known.map((id, at) => [
          id,
          lists[at]!.filter(([other]) => other !== id).map(([o, s]) => [o, s / 100] as const),
        ]),
      ),
    ),
  );
const click = fc.record({ itemId: anyItem, agoMinutes: minutes, weight: fc.constantFrom(0, 1, 3, 5) });
const setting = fc.record({
  model: fc.option(anyModel, { nil: undefined }),
  clicks: fc.array(click, { maxLength: 30 }),
  trends: fc.array(fc.record({ itemId: anyItem, agoMinutes: minutes }), { maxLength: 30 }),
  exclude: fc.array(anyItem, { maxLength: 8 }),
  itemId: fc.option(anyItem, { nil: undefined }),
  hasVisitor: fc.boolean(),
  limit: fc.integer({ min: 1, max: 12 }),
});

type Given = typeof setting extends fc.Arbitrary<infer Value> ? Value : never;

function answer({ model, clicks, trends, exclude, itemId: currentItemId, hasVisitor, limit }: Given) {
  const history = new VisitorHistory({ visitorItemsMax: 6 });
  for (const { itemId, agoMinutes, weight } of clicks) {
    const atMs = nowMs - agoMinutes * 60_000;
    history.observe({ visitorId: "v", itemId, weight, isPurchase: weight === 5, atMs });
  }
  const trending = new TrendingItems();
  for (const { itemId, agoMinutes } of trends) trending.observe(itemId, 1, nowMs - agoMinutes * 60_000, nowMs);
  const request = {
    requestId: "r",
    placement: "p",
    limit,
    exclude,
    nowMs,
    ...(currentItemId === undefined ? {} : { itemId: currentItemId }),
    ...(hasVisitor ? { visitorId: "v" } : {}),
  };
  const touches = hasVisitor ? (history.find("v")?.touches ?? []) : [];
  const response = recommend(new ServedModel(model), request, { history, trending });
  return { response, touches, trendingIds: trending.ranked(nowMs).map((item) => item.itemId) };
}

test("I8: nothing excluded, no repeats, at most the limit; full whenever enough is allowed", () => {
  fc.assert(
    fc.property(setting, (given) => {
      const { response, touches, trendingIds } = answer(given);
      const ids = response.items.map((item) => item.itemId);
      const bought = touches
        .filter((touch) => touch.purchasedAtMs > 0 && nowMs - touch.purchasedAtMs <= purchaseQuietMs)
        .map((touch) => touch.itemId);
      const forbidden = new Set([...given.exclude, ...bought, ...(given.itemId === undefined ? [] : [given.itemId])]);
      expect(ids.filter((id) => forbidden.has(id))).toEqual([]);
      expect(new Set(ids).size).toBe(ids.length);
      const allowed = new Set([...(given.model?.itemIds ?? []), ...trendingIds].filter((id) => !forbidden.has(id)));
      expect(ids.length).toBe(Math.min(given.limit, allowed.size));
      for (const item of response.items) expect(item.score).toBeGreaterThan(0);
    }),
  );
});

test("sources come in the order of the chain, scores fall within a source; what was seen comes last", () => {
  fc.assert(
    fc.property(setting, (given) => {
      const { response, touches } = answer(given);
      const seen = new Set(touches.map((touch) => touch.itemId));
      const firstSeen = response.items.findIndex((item) => seen.has(item.itemId));
      const novel = firstSeen < 0 ? response.items : response.items.slice(0, firstSeen);
      for (let at = 1; at < novel.length; at++) {
        const [before, here] = [novel[at - 1]!, novel[at]!];
        const step = recommendationSources.indexOf(here.source) - recommendationSources.indexOf(before.source);
        expect(step).toBeGreaterThanOrEqual(0);
        if (step === 0) expect(here.score).toBeLessThanOrEqual(before.score);
      }
    }),
  );
});

test("the same state and request give the same answer", () => {
  fc.assert(
    fc.property(setting, (given) => {
      expect(answer(given).response).toEqual(answer(given).response);
    }),
  );
});
