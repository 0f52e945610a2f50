import { expect, test } from "vitest";
import { logLikelihoodRatio } from "../../src/score-similarity.ts";
import type { Recommendation } from "../../src/serving/recommendation.ts";
import { recommend } from "../../src/serving/recommend.ts";
import { ServedModel } from "../../src/serving/served-model.ts";
import { TrendingItems } from "../../src/serving/trending-items.ts";
import { VisitorHistory } from "../../src/serving/visitor-history.ts";
import { smallModel } from "./small-model.ts";

const nowMs = 1_700_000_000_000;
const dayMs = 86_400_000;
// Each pair is in 5 of 100 sessions, each item in 10.
const served = new ServedModel(smallModel({ a: [["x", 0.4]], b: [["x", 0.4]], x: [["y", 0.1]], y: [], z: [] }));
const llr = logLikelihoodRatio(5, 5, 5, 85);

function explained(touches: readonly (readonly [itemId: string, agoMs: number])[], itemId?: string) {
  const history = new VisitorHistory();
  for (const [touched, agoMs] of touches) {
    history.observe({ visitorId: "v", itemId: touched, weight: 1, isPurchase: false, atMs: nowMs - agoMs });
  }
  const request = { requestId: "r", placement: "p", visitorId: "v", limit: 9, exclude: [], nowMs, isExplained: true };
  const state = { history, trending: new TrendingItems() };
  const { items } = recommend(served, itemId === undefined ? request : { ...request, itemId }, state);
  return new Map(items.map((item) => [item.itemId, item]));
}

function reasons(item: Recommendation | undefined): object[] | undefined {
  return item?.because?.map((reason) => ({ ...reason, share: Number(reason.share.toFixed(4)) }));
}

const counts = { sessionsWithBoth: 5, sessionsWithItem: 10, llr };

test("an item of the session's neighbours is told by the clicks that brought it, the newest first", () => {
  const items = explained([
    ["a", 2],
    ["b", 1],
  ]);
  const newest = 1 / (1 + Math.exp(-1));
  expect(items.get("x")?.source).toBe("session");
  expect(reasons(items.get("x"))).toEqual([
    { itemId: "b", share: Number(newest.toFixed(4)), ...counts },
    { itemId: "a", share: Number((1 - newest).toFixed(4)), ...counts },
  ]);
});

test("the item on the page and earlier visits are reasons, too", () => {
  const items = explained([["x", 2 * dayMs]], "a");
  expect(items.get("x")).toMatchObject({ source: "item", because: [{ itemId: "a", share: 1 }] });
  expect(items.get("y")).toMatchObject({ source: "user", because: [{ itemId: "x", share: 1 }] });
});

test("what is popular has no reasons", () => {
  const popular = explained([]).get("z");
  expect(popular?.source).toBe("popular");
  expect(popular?.because).toBeUndefined();
});
