import { waitFor } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requestBounds } from "../src/request/requested-rules.ts";
import { expectSoon, type RunningRecommender, shortly, startRecommender } from "./running-recommender.ts";

const itemIds = Array.from({ length: 12 }, (_, at) => `sku-${at}`);
let running: RunningRecommender;
beforeAll(async () => {
  running = await startRecommender();
  await running.publish(itemIds);
  await waitFor(async () => (await running.ask("")).body.modelVersion);
  await running.append({ visitorId: "v", itemIds: ["sku-3"] });
  await expectSoon(running, "?visitorId=v&limit=1", "sku-4:session");
});
afterAll(() => running.close());

function post(body: object): ReturnType<RunningRecommender["ask"]> {
  return running.ask("", { method: "POST", body: JSON.stringify(body) });
}

describe("consent", () => {
  test("without it only the item on the page counts, and no key is needed", async () => {
    const plain = shortly(await running.ask("?itemId=sku-7&limit=3"));
    const headers = { accept: "application/json" };
    expect(shortly(await running.ask("?itemId=sku-7&limit=3&visitorId=v&consent=false", { headers }))).toBe(plain);
    expect(shortly(await post({ itemId: "sku-7", limit: 3, visitorId: "v", consent: false }))).toBe(plain);
    const known = shortly(await running.ask("?itemId=sku-7&limit=3&visitorId=v&consent=true"));
    expect(known).not.toBe(plain);
    expect((await running.ask("?consent=no")).body).toMatchObject({ code: "REQUEST_INVALID", field: "consent" });
  });
});

describe("explain", () => {
  test("tells the items that an item comes from, with sessions and their likelihood ratio", async () => {
    const { items } = (await running.ask("?visitorId=v&limit=2&explain=true")).body;
    const because = [{ itemId: "sku-3", share: 1, sessionsWithBoth: 3, sessionsWithItem: 9, llr: expect.any(Number) }];
    expect(items).toMatchObject([{ itemId: "sku-4", source: "session", because }, { source: "popular" }]);
    expect(items[1]).not.toHaveProperty("because");
    expect((await post({ key: "page", visitorId: "v", limit: 1, explain: true })).body.items).toMatchObject([
      { because },
    ]);
    expect((await running.ask("?visitorId=v&limit=1")).body.items[0]).not.toHaveProperty("because");
  });
});

describe("pages", () => {
  test("never repeat an item and end", async () => {
    const shown: string[] = [];
    let cursor: string | null | undefined = "start";
    while (typeof cursor === "string") {
      const { body }: Awaited<ReturnType<RunningRecommender["ask"]>> = await running.ask(
        `?visitorId=v&limit=5&cursor=${cursor}`,
      );
      shown.push(...body.items.map(({ itemId }) => itemId));
      cursor = body.cursor;
    }
    expect(cursor).toBeNull();
    expect([...shown].sort()).toEqual([...itemIds].sort());
    expect((await running.ask("?limit=5")).body).not.toHaveProperty("cursor");
  });

  test.each(["nonsense", "AgAAAAA"])("a cursor of one's own making is refused: %s", async (cursor) => {
    expect((await running.ask(`?cursor=${cursor}`)).body).toMatchObject({ code: "REQUEST_INVALID", field: "cursor" });
    expect((await post({ cursor })).body).toMatchObject({ code: "REQUEST_INVALID", field: "cursor" });
  });
});

describe("several requests in one", () => {
  test("are answered in their order, each as if it had come alone", async () => {
    const requests = [{ visitorId: "v", limit: 2 }, { itemId: "sku-7", limit: 1, placement: "side" }, {}];
    const { status, text } = await post({ key: "page", requests });
    expect(status).toBe(200);
    const { responses } = JSON.parse(text) as {
      responses: { requestId: string; placement: string; items: object[] }[];
    };
    const alone = await Promise.all(requests.map((request) => post({ key: "page", ...request })));
    expect(responses.map(({ items }) => items)).toEqual(alone.map(({ body }) => body.items));
    expect(responses.map(({ placement }) => placement)).toEqual(["default", "side", "default"]);
    expect(new Set(responses.map(({ requestId }) => requestId)).size).toBe(3);
    expect(await running.metric(/requests_total\{placement="side",source="item"\} 2/)).toBeDefined();
  });

  test.each([
    [{ requests: [] }, "requests"],
    [{ requests: Array.from({ length: requestBounds.batchMax + 1 }, () => ({})) }, "requests"],
    [{ requests: [{}, { limit: 0 }] }, "requests[1].limit"],
    [{ requests: [{}, { key: "page" }] }, "requests[1].key"],
    [{ requests: [{ cursor: "nonsense" }] }, "requests[0].cursor"],
    [{ requests: [{}], limit: 3 }, "limit"],
  ])("%j is refused with its field", async (body, field) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: "REQUEST_INVALID", field });
  });

  test("one visitor among them needs the shop's key", async () => {
    expect((await post({ requests: [{}, { visitorId: "v" }] })).body).toMatchObject({ code: "EVENT_KEY_INVALID" });
  });
});
