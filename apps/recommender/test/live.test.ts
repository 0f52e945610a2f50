import { waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { expectSoon, nowMs, type RunningRecommender, shortly, startRecommender } from "./running-recommender.ts";

let running: RunningRecommender;
beforeEach(async () => {
  running = await startRecommender();
});
afterEach(() => running.close());

/** One visitor after another looks at both. */
async function viewTogether(itemIds: readonly string[], visitors: readonly string[]): Promise<void> {
  for (const visitorId of visitors) {
    await running.append(...itemIds.map((itemId) => ({ visitorId, itemIds: [itemId] })));
  }
}

test("an item that no model knows is recommended from its third co-visit on, and says why", async () => {
  await running.publish(["a", "b", "c"]);
  await waitFor(async () => (await running.ask("")).body.modelVersion);
  await viewTogether(["a", "new"], ["v1", "v2"]);
  await waitFor(async () => (await running.ask("?limit=9")).text.includes("new"));
  expect(shortly(await running.ask("?itemId=a&limit=1"))).toBe("b:item");
  await viewTogether(["a", "new"], ["v3"]);
  await expectSoon(running, "?itemId=a&limit=1", "new:item");
  const { items } = (await running.ask("?itemId=a&limit=1&explain=true")).body;
  const because = [{ itemId: "a", share: 1, sessionsWithBoth: 3, sessionsWithItem: 12, llr: expect.any(Number) }];
  expect(items).toMatchObject([{ itemId: "new", because }]);
  expect(shortly(await running.ask("?itemId=a&limit=1&exclude=new"))).toBe("b:item");
});

test("without any model, what others looked at together answers", async () => {
  await viewTogether(["x", "y"], ["v1", "v2", "v3"]);
  await viewTogether(["z"], ["v4", "v5", "v6", "v7"]);
  await expectSoon(running, "?itemId=x&limit=2", "y:item z:trending");
  expect((await running.ask("?itemId=x")).body.modelVersion).toBeNull();
});

test("a new model has learnt what ended before it, and live sessions go on beside it", async () => {
  await viewTogether(["a", "old"], ["v1", "v2", "v3"]);
  await running.append({ visitorId: "w", itemIds: ["a"], occurredAtMs: nowMs - 120_000 });
  await expectSoon(running, "?itemId=a&limit=1", "old:item");
  // The model of the tests is trained until a minute ago, so these sessions stay live.
  await running.publish(["a", "b", "c"]);
  await waitFor(async () => (await running.ask("")).body.modelVersion);
  expect(shortly(await running.ask("?itemId=a&limit=2"))).toBe("old:item b:item");
});

test("a visitor's own clicks bring nothing back to him that others have not looked at", async () => {
  await running.publish(["a", "b", "c"]);
  for (let round = 0; round < 4; round++) await viewTogether(["a", "mine"], ["v"]);
  await expectSoon(running, "?visitorId=v&limit=1", "b:session");
  expect(shortly(await running.ask("?itemId=a&limit=1"))).toBe("b:item");
});
