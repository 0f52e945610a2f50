import { describe, expect, test } from "vitest";
import { purchaseQuietMs, recommend, type ServingState } from "../../src/serving/recommend.ts";
import { ServedModel } from "../../src/serving/served-model.ts";
import type { RecommendationRequest } from "../../src/serving/recommendation.ts";
import { TrendingItems } from "../../src/serving/trending-items.ts";
import { VisitorHistory } from "../../src/serving/visitor-history.ts";
import { sessionIdleMs } from "../../src/sessions/live-sessions.ts";
import { smallModel } from "./small-model.ts";

const nowMs = 1_700_000_000_000;
const served = new ServedModel(
  smallModel({
    a: [
      ["b", 0.9],
      ["c", 0.5],
    ],
    b: [
      ["c", 0.8],
      ["a", 0.6],
    ],
    c: [
      ["a", 0.4],
      ["d", 0.3],
    ],
    d: [["e", 0.2]],
    e: [],
    f: [],
  }),
);

function state(): ServingState {
  return { history: new VisitorHistory(), trending: new TrendingItems() };
}
function click({ history }: ServingState, itemId: string, options: { agoMs?: number; weight?: number } = {}): void {
  const { agoMs = 0, weight = 1 } = options;
  history.observe({ visitorId: "v", itemId, weight, isPurchase: weight === 5, atMs: nowMs - agoMs });
}
function ask(
  from: ServingState,
  request: Partial<RecommendationRequest> = {},
  model: typeof served | undefined = served,
) {
  const whole = { requestId: "r", placement: "p", visitorId: "v", limit: 2, exclude: [], nowMs, ...request };
  return recommend(model, whole, from);
}
const short = (response: ReturnType<typeof ask>) => response.items.map((item) => `${item.itemId}:${item.source}`);

describe("recommend", () => {
  test("passes on request id, placement and the model's version", () => {
    expect(ask(state())).toMatchObject({ requestId: "r", placement: "p", modelVersion: "v1" });
    expect(
      recommend(new ServedModel(undefined), { requestId: "r", placement: "p", limit: 1, exclude: [], nowMs }, state()),
    ).toEqual({
      requestId: "r",
      placement: "p",
      modelVersion: null,
      items: [],
    });
  });

  test("session: neighbours of the running session, the newest click first", () => {
    const now = state();
    click(now, "d", { agoMs: 2 });
    click(now, "a", { agoMs: 1 });
    expect(short(ask(now))).toEqual(["b:session", "c:session"]);
    // Lists alone: their best item has their share of the blend.
    expect(ask(now).items[0]!.score).toBeCloseTo(0.3);
    expect(short(ask(now, { limit: 3 }))[2]).toBe("e:session");
    expect(ask(now, { limit: 3 }).items[2]!.score).toBeCloseTo((0.3 * 0.2 * Math.exp(-1)) / 0.9);
  });

  test("session: a cart weighs more than a newer view", () => {
    const now = state();
    click(now, "d", { agoMs: 2, weight: 3 });
    click(now, "c", { agoMs: 1 });
    // "a" has 0.4 of the newer view.
    const e = ask(now, { limit: 10 }).items.find((item) => item.itemId === "e")!;
    expect(e.score).toBeCloseTo((0.3 * 0.6 * Math.exp(-1)) / 0.4);
  });

  test("item: neighbours of the item on the page for a visitor nobody knows", () => {
    expect(short(ask(state(), { itemId: "b" }))).toEqual(["c:item", "a:item"]);
  });

  test("item: the item on the page is the strongest of the session's query", () => {
    const now = state();
    click(now, "d", { agoMs: 1 });
    expect(short(ask(now, { itemId: "b" }))).toEqual(["c:session", "a:session"]);
    click(now, "b");
    expect(ask(now, { itemId: "b" }).items[0]!.score).toBeCloseTo(0.3);
  });

  test("user: neighbours of earlier visits, once the session has ended", () => {
    const now = state();
    click(now, "b", { agoMs: sessionIdleMs + 1 });
    expect(short(ask(now))).toEqual(["c:user", "a:user"]);
  });

  test("trending fills up, then popular; items that the model does not know take part", () => {
    const now = state();
    now.trending.observe("new", 1, nowMs, nowMs);
    click(now, "d");
    expect(short(ask(now, { limit: 4 }))).toEqual(["e:session", "new:trending", "a:popular", "b:popular"]);
  });

  test("without a model, trending answers", () => {
    const now = state();
    now.trending.observe("new", 1, nowMs, nowMs);
    expect(
      short(
        recommend(new ServedModel(undefined), { requestId: "r", placement: "p", limit: 5, exclude: [], nowMs }, now),
      ),
    ).toEqual(["new:trending"]);
  });

  test("never what the request excludes, nor the item on the page", () => {
    const response = ask(state(), { itemId: "a", exclude: ["b", "d", "unknown"], limit: 100 });
    expect(short(response)).toEqual(["c:item", "e:popular", "f:popular"]);
  });

  test("items seen in the session come only when nothing new is left", () => {
    const now = state();
    click(now, "c", { agoMs: 1 });
    click(now, "a");
    expect(short(ask(now, { limit: 3 }))).toEqual(["b:session", "d:session", "e:popular"]);
    expect(short(ask(now, { limit: 100 })).slice(4)).toEqual(["c:session", "a:session"]);
  });

  test("what was just bought stays away, until the quiet time is over", () => {
    const now = state();
    click(now, "b", { agoMs: purchaseQuietMs, weight: 5 });
    click(now, "a");
    expect(short(ask(now, { limit: 100 })).some((entry) => entry.startsWith("b:"))).toBe(false);
    expect(short(ask(now, { limit: 100, nowMs: nowMs + 1 }))[0]).toBe("b:session");
  });

  test("rules: sources in their order, a least score, and what interactions weigh", () => {
    const now = state();
    now.trending.observe("new", 1, nowMs, nowMs);
    click(now, "d", { agoMs: 2, weight: 3 });
    click(now, "c", { agoMs: 1 });
    const ids = (rules: NonNullable<RecommendationRequest["rules"]>) => short(ask(now, { limit: 3, rules }));
    expect(ids({ sources: ["trending", "session"] })).toEqual(["new:trending", "a:session", "e:session"]);
    expect(ids({ sources: ["popular"] })).toEqual(["a:popular", "b:popular", "e:popular"]);
    // "a" has 0.4 of the newer view, "e" 0.2 · 3 / e of the older cart: 0.55 of it.
    expect(ids({ sources: ["session"], minScore: 0.25 })).toEqual(["a:session"]);
    const eventWeights = { view: 1, cart: 10, purchase: 10 };
    expect(ids({ sources: ["session"], minScore: 0.25, eventWeights })).toEqual(["e:session"]);
    expect(ids({ sources: ["session"], sessionsShare: 1 })).toEqual([]);
  });
});
