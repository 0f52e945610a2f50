import { type ChangeOperation, changeRecords, type Row } from "@footfall/changes";
import { waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseCatalogues } from "../src/catalogue/catalogues-file.ts";
import { parsePlacements } from "../src/placements/placements-file.ts";
import type { RecommenderOptions } from "../src/index.ts";
import { type Answer, nowMs, type RunningRecommender, shortly, startRecommender } from "./running-recommender.ts";

const topic = "cdc.public.products";
let lsn = 0n;

function record(
  operation: ChangeOperation,
  after: Row | undefined,
  key: Row = { item_id: after?.["item_id"] ?? null },
) {
  lsn += 1n;
  const place = {
    schema: "public",
    table: "products",
    position: { lsn, index: 0 },
    changedAtMs: nowMs,
    capturedAtMs: nowMs,
  };
  return changeRecords(
    { ...place, operation, key, before: undefined, after },
    { name: "t", database: "d", version: "1" },
  );
}

const product = (itemId: string, fields: Row = {}): Row => ({
  item_id: itemId,
  in_stock: true,
  price: "5.00",
  ...fields,
});

function optionsOf(placements?: object, catalogue: object = {}): Partial<RecommenderOptions> {
  const read = parseCatalogues({ catalogues: [{ tenant: "demo", table: "public.products", ...catalogue }] });
  const parsed = placements && parsePlacements({ shops: { demo: placements } });
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  if (parsed && "problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  return { catalogueSources: read.sources, ...(parsed && { placements: parsed.shops }) };
}

let running: RunningRecommender;
async function start(options: Partial<RecommenderOptions>, rows: readonly Row[]): Promise<void> {
  running = await startRecommender(options);
  await running.log.createTopic({ name: topic, partitions: 2 });
  await change(...rows.map((row) => record("read", row)));
  await waitFor(() => running.service.health().length === 0);
  await waitFor(async () => (await running.metric(/catalogue_items\{tenant="demo"\}/))?.endsWith(` ${rows.length}`));
}
const change = (...records: ReturnType<typeof record>[]) => running.log.append(topic, records.flat());
const post = (body: object): Promise<Answer> =>
  running.ask("", { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
afterEach(() => running.close());

describe("filters of a shop's catalogue", () => {
  beforeEach(async () => {
    await start(optionsOf(), [
      product("a", { brand: "acme", category: "Clothes > Shirts", color: "red" }),
      product("b", { brand: "bolt", category: "Clothes", price: "9.50", color: "blue" }),
      product("c", { in_stock: false, brand: "acme" }),
      product("new", { brand: "acme", category: "Toys", price: "20", sale_price: "4.99" }),
    ]);
    await running.publish(["a", "b", "c", "absent"]);
    await waitFor(async () => (await running.ask("")).body.modelVersion);
  });

  test.each([
    ["?inStock=true", "a:popular b:popular new:catalogue", 2, true],
    ["?inStock=true&limit=2", "a:popular b:popular", 0, false],
    ["?inStock=false", "c:popular", 3, false],
    ["?brand=acme,none&inStock=true&limit=1&exclude=a", "new:catalogue", 3, true],
    ["?category=Clothes", "a:popular b:popular", 2, false],
    ["?priceMax=5", "a:popular c:popular new:catalogue", 2, true],
    ["?priceMin=5.01&priceMax=10", "b:popular", 3, false],
    ["?attr.color=red,blue&attr%2Ecolor=x", "a:popular b:popular", 2, false],
    [`?filter=${encodeURIComponent('{"not":{"field":"brand","in":["acme"]}}')}`, "b:popular", 3, false],
  ])("%s", async (query, expected, filtered, fallback) => {
    const answer = await running.ask(query);
    expect([shortly(answer), answer.body.filtered, answer.body.fallback]).toEqual([expected, filtered, fallback]);
  });

  test("without one, answers are as they were", async () => {
    const { items, ...rest } = (await running.ask("")).body;
    expect(items.map(({ itemId }) => itemId).join()).toBe("a,b,c,absent");
    expect(Object.keys(rest)).toEqual(["requestId", "modelVersion", "placement"]);
  });

  test("in POST, with any of and caps and fields", async () => {
    const any = [{ field: "brand", in: ["bolt"] }, { not: { field: "inStock", is: true } }];
    const answer = await post({ filter: { any }, limit: 9, fields: ["price", "brand", "attr.color", "link"] });
    expect(answer.body.items).toEqual([
      expect.objectContaining({ itemId: "b", fields: { price: 9.5, brand: "bolt", "attr.color": "blue" } }),
      expect.objectContaining({ itemId: "c", fields: { price: 5, brand: "acme" } }),
    ]);
    expect(shortly(await post({ perBrand: 1 }))).toBe("a:popular b:popular absent:popular");
    expect(shortly(await post({ itemId: "a", key: "open" }))).toBe("");
  });

  test.each([
    [{ filter: { all: [{ field: "brnd", in: ["x"] }] } }, "filter.all[0].field", /brand, category, price/],
    [{ limit: 101 }, "limit", /from 1 to 100/],
    [{ fields: ["secret"] }, "fields", /"secret"/],
    [{ boosts: [] }, "boosts", /not known/],
    [{ visitorId: "a\n" }, "visitorId", /control/],
    [[], "body", /must be/],
  ])("POST %j is refused with its part", async (body, field, detail) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      code: "REQUEST_INVALID",
      field,
      detail: expect.stringMatching(detail) as string,
    });
  });

  test("no JSON, a body too large, a key that is missing", async () => {
    expect((await running.ask("", { method: "POST", body: "{" })).body).toMatchObject({ code: "EVENT_BODY_MALFORMED" });
    expect((await post({ exclude: [], x: "x".repeat(70_000) })).status).toBe(413);
    expect((await post({ visitorId: "v" })).status).toBe(401);
    expect((await post({ visitorId: "v", key: "page" })).status).toBe(200);
    expect((await running.ask("?inStock=1")).body).toMatchObject({ status: 400, field: "inStock" });
    expect((await running.ask("?key=open&inStock=true")).body).toMatchObject({ status: 400, field: "filter" });
  });

  test("once out of stock is in the topic, answers of a second later, and all after, are without it", async () => {
    for (let round = 0; round < 10; round++) {
      const has = async (): Promise<boolean> => shortly(await running.ask("?inStock=true")).includes("b:");
      await change(record("update", product("b", { in_stock: round % 2 === 1 })));
      await waitFor(async () => (await has()) === (round % 2 === 1), { deadlineMs: 1_000 });
      const after = await Promise.all(Array.from({ length: 20 }, has));
      expect(after.every((held) => held === (round % 2 === 1))).toBe(true);
    }
  });

  test("deletions, unreadable and older changes, truncate; a restart reads it all again", async () => {
    const gone = (id: string) => record("delete", undefined, { item_id: id });
    await change(gone("new"), record("update", product("a", { price: "cheap" })));
    // What cannot be read must not stay what it was.
    await waitFor(async () => shortly(await running.ask("?inStock=true")) === "b:popular");
    expect(running.service.warnings?.()[0]?.message).toMatch(/column price must be a decimal/);
    await running.log.append(topic, [{ key: "x", value: Buffer.from("{") }]);
    await waitFor(() => running.metric(/unreadable_changes_total\{tenant="demo"\} 2/));
    running = await running.restart();
    await waitFor(() => running.service.health().length === 0);
    expect(shortly(await running.ask("?inStock=true"))).toBe("b:popular");
    await change(record("truncate", undefined, {}));
    await waitFor(async () => shortly(await running.ask("?inStock=true")) === "");
  });
});

test("placements: defaults, lists of the shop, pins and boosts; what nobody named has the shop's list", async () => {
  const placements = {
    deny: ["d"],
    placements: {
      home: {
        limit: 3,
        filter: { field: "inStock", is: true },
        deny: ["b"],
        pins: [
          { itemId: "new", position: 2 },
          { itemId: "out", position: 1 },
        ],
        boosts: [{ filter: { field: "brand", in: ["acme"] }, factor: 50 }],
        fields: ["brand"],
      },
    },
  };
  const rows = ["a", "b", "c", "d", "new"].map((id) => product(id, id === "c" ? { brand: "acme" } : {}));
  await start(optionsOf(placements), [...rows, product("out", { in_stock: false })]);
  await running.publish(["a", "b", "c", "d", "e"]);
  await waitFor(async () => (await running.ask("")).body.modelVersion);
  const home = await running.ask("?placement=home");
  expect(shortly(home)).toBe("c:popular new:pinned a:popular");
  expect(home.body.items[0]).toMatchObject({ fields: { brand: "acme" } });
  expect(shortly(await running.ask("?placement=home&brand=acme&limit=9"))).toBe("c:popular");
  expect(shortly(await running.ask("?placement=other"))).toBe("a:popular b:popular c:popular e:popular");
});

test("seen and bought items stay out when asked, and what the catalogue lacks where it must hold all", async () => {
  await start(
    optionsOf(undefined, { absent: "forbid" }),
    ["a", "b", "c"].map((id) => product(id)),
  );
  await running.publish(["a", "b", "c", "absent"]);
  const dayMs = 86_400_000;
  await running.append(
    { visitorId: "v", itemIds: ["b"], name: "purchase", occurredAtMs: nowMs - 3 * dayMs },
    { visitorId: "v", itemIds: ["a"] },
  );
  await waitFor(async () => shortly(await running.ask("?visitorId=v")) === "b:session c:popular a:trending");
  expect(shortly(await running.ask("?visitorId=v&excludeSeen=true"))).toBe("c:popular");
  expect(shortly(await running.ask("?visitorId=v&excludePurchased=true"))).toBe("c:popular a:trending");
});

test("not ready before the catalogue is read", async () => {
  running = await startRecommender(optionsOf());
  const problems = running.service.health();
  expect(problems.some(({ message }) => message.includes("catalogue"))).toBe(true);
});
