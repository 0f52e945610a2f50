import * as fc from "fast-check";
import { expect, test } from "vitest";
import { recommend } from "../../src/serving/recommend.ts";
import { ServedModel } from "../../src/serving/served-model.ts";
import { nothingShown, parseCursor, shownAfter, shownItemsMax } from "../../src/serving/shown-items.ts";
import { TrendingItems } from "../../src/serving/trending-items.ts";
import { VisitorHistory } from "../../src/serving/visitor-history.ts";
import { smallModel } from "./small-model.ts";

const nowMs = 1_700_000_000_000;
const served = new ServedModel(
  smallModel(
    Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [`item ${at}`, [[`item ${(at + 1) % 40}`, 0.5] as const]]),
    ),
  ),
);

test("pages show every item once, whatever the visitor clicks between them", () => {
  const click = fc.integer({ min: 0, max: 50 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 15 }), fc.array(fc.array(click, { maxLength: 4 })), (limit, clicks) => {
      const state = { history: new VisitorHistory(), trending: new TrendingItems() };
      const shownIds: string[] = [];
      let shown = nothingShown;
      for (let page = 0; ; page++) {
        for (const at of clicks[page] ?? []) {
          const seen = { visitorId: "v", itemId: `item ${at}`, weight: 1, isPurchase: false, atMs: nowMs + page };
          state.history.observe(seen);
          state.trending.observe(seen.itemId, 1, nowMs + page, nowMs + page);
        }
        const request = { requestId: "r", placement: "p", visitorId: "v", exclude: [], nowMs: nowMs + page, limit };
        const { items, cursor } = recommend(served, { ...request, rules: { shown } }, state);
        shownIds.push(...items.map(({ itemId }) => itemId));
        expect(new Set(shownIds).size).toBe(shownIds.length);
        if (cursor === null) break;
        shown = parseCursor(cursor!)!;
      }
      expect(shownIds).toEqual(expect.arrayContaining([...served.model!.itemIds]));
    }),
  );
});

test("a cursor holds what was shown, up to its bound; anything else is none", () => {
  const page = Array.from({ length: shownItemsMax }, (_, at) => ({ itemId: `é ${at}` }));
  const shown = parseCursor(shownAfter(nothingShown, page)!)!;
  expect(page.every(({ itemId }) => shown.has(itemId))).toBe(true);
  expect(shown.has("é")).toBe(false);
  expect(shownAfter(shown, [{ itemId: "one more" }])).toBeNull();
  expect(shownAfter(nothingShown, [])).toBeNull();
  fc.assert(fc.property(fc.string(), (text) => void parseCursor(text)));
  for (const none of ["", "A", "AQ==", "AQAA", "AgAAAAA", `${shownAfter(nothingShown, page)!}AAAA`, "nö"]) {
    expect(parseCursor(none), none).toBeUndefined();
  }
});
