import { isUuid, type TenantId } from "@footfall/base";
import { schemaVersion, topics } from "@footfall/events";
import { waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { expectSoon, keys, nowMs, type RunningRecommender, shortly, startRecommender } from "./running-recommender.ts";

let running: RunningRecommender;
beforeEach(async () => {
  running = await startRecommender();
});
afterEach(() => running.close());

const hourMs = 3_600_000;

describe("GET /recommendations", () => {
  test("without model and clicks: an empty answer with the documented members", async () => {
    const answer = await running.ask("?visitorId=v&placement=home");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(Number(answer.headers.get("content-length"))).toBe(Buffer.byteLength(answer.text));
    expect(answer.body).toMatchObject({ modelVersion: null, placement: "home", items: [] });
    expect(isUuid(answer.body.requestId)).toBe(true);
    expect(await running.metric(/empty_answers_total 1/)).toBeDefined();
  });

  test("a click counts in the next answers, for its visitor as session, for others as trend", async () => {
    await running.publish(["a", "b", "c"]);
    await waitFor(async () => (await running.ask("")).body.modelVersion);
    await running.append({ visitorId: "v1", itemIds: ["a"] });
    await expectSoon(running, "?visitorId=v1&limit=1", "b:session");
    expect(shortly(await running.ask("?visitorId=v2&limit=2"))).toBe("a:trending b:popular");
    expect(shortly(await running.ask("?visitorId=v2&itemId=b&limit=1"))).toBe("c:item");
  });

  test("clicks of well-known bots count neither for themselves nor as trend", async () => {
    await running.publish(["a", "b", "c"]);
    await running.append({ visitorId: "v1", itemIds: ["b"], isBot: true }, { visitorId: "v1", itemIds: ["c"] });
    await expectSoon(running, "?visitorId=v1&limit=1", "a:session");
    expect(shortly(await running.ask("?visitorId=v2&limit=3"))).toBe("c:trending a:popular b:popular");
  });

  test("a customer who signs in finds on this device what he did on another, and what he bought stays out", async () => {
    await running.publish(["a", "b", "c", "d", "e", "f"]);
    await waitFor(async () => (await running.ask("")).body.modelVersion);
    const yesterday = nowMs - 20 * hourMs;
    await running.append(
      { visitorId: "phone", itemIds: ["a"], occurredAtMs: yesterday },
      { visitorId: "phone", itemIds: ["d"], name: "purchase", userId: "u1", occurredAtMs: yesterday + 1 },
    );
    await running.append({ visitorId: "laptop", itemIds: ["f"] });
    await expectSoon(running, "?visitorId=laptop&limit=1", "a:session");
    // Bought on the phone, and the neighbours of what was looked at there.
    await running.append({ visitorId: "laptop", itemIds: ["f"], userId: "u1" });
    await expectSoon(running, "?visitorId=laptop&limit=9", "a:session e:user b:user c:popular f:trending");
    // Another customer at the same laptop starts anew.
    await running.append({ visitorId: "laptop", itemIds: ["f"], userId: "u2" });
    await expectSoon(running, "?visitorId=laptop&limit=2", "a:session d:trending");
  });

  test("purchases, repeated and comma-separated exclusions stay out, ids of any script go through", async () => {
    const odd = 'é"\\ \u2028😀';
    await running.publish(["a", "b", "c", odd]);
    await running.append({ visitorId: "v", itemIds: ["a"], name: "purchase" });
    await expectSoon(running, "?visitorId=v&limit=9", `b:session c:popular ${odd}:popular`);
    expect(shortly(await running.ask("?visitorId=v&exclude=b,x&exclude=c"))).toBe(`${odd}:popular`);
    expect(shortly(await running.ask(`?visitorId=v&exclude=${encodeURIComponent(`b,c,${odd}`)}`))).toBe("");
    expect(shortly(await running.ask(`?itemId=${encodeURIComponent(odd)}&limit=1`))).toBe("a:item");
  });

  test("the key chooses the shop, as parameter or header; CORS follows its origins", async () => {
    await running.publish(["x", "y"], "other");
    await expectSoon(running, "?key=open&itemId=x&limit=1", "y:item");
    expect(shortly(await running.ask("?itemId=x", { headers: { "x-footfall-key": "open" } }))).toBe("y:item");
    expect(shortly(await running.ask("?itemId=x"))).toBe("");
    const allowed = async (query: string, origin: string) =>
      (await running.ask(query, { headers: { origin } })).headers.get("access-control-allow-origin");
    expect(await allowed("?key=open", "https://any.example")).toBe("*");
    expect(await allowed("?key=page", "https://shop.example")).toBe("https://shop.example");
    expect(await allowed("?key=page", "https://evil.example")).toBeNull();
    expect(await allowed("", "https://shop.example")).toBe("https://shop.example");
    const asking = { origin: "https://shop.example", "access-control-request-headers": "traceparent" };
    const preflight = await running.ask("", { method: "OPTIONS", headers: asking });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toBe("X-Footfall-Key, Content-Type, traceparent");
  });

  test("metrics tell sources, placements, model and lag", async () => {
    const version = await running.publish(["a", "b"]);
    await expectSoon(running, "?itemId=a&placement=side", "b:item");
    await running.append({ visitorId: "v", itemIds: ["a"] });
    await waitFor(() => running.metric(/^footfall_recommender_visitors\{tenant="demo"\} 1$/));
    for (const line of [
      /^footfall_recommender_requests_total\{placement="side",source="item"\} \d+/,
      /^footfall_recommender_items_total\{source="item"\} \d+/,
      /^footfall_recommender_request_seconds_bucket\{le="0.0003"\} \d+/,
      new RegExp(`^footfall_recommender_model_info\\{tenant="demo",version="${version}"\\} 1$`),
      /^footfall_recommender_model_age_seconds\{tenant="demo"\} 60$/,
      /^footfall_recommender_log_lag_records\{partition="\d"\} 0$/,
    ]) {
      expect(await running.metric(line), String(line)).toBeDefined();
    }
  });

  test("placements past the bound share a label", async () => {
    for (let at = 0; at < 60; at++) await running.ask(`?placement=p${at}`);
    expect(await running.metric(/placement="p49"/)).toBeDefined();
    expect(await running.metric(/placement="p50"/)).toBeUndefined();
    expect(await running.metric(/placement="other",source="none"\} 10/)).toBeDefined();
  });
});

describe("following the clicks", () => {
  test("a restart knows the last clicks again", async () => {
    await running.publish(["a", "b"]);
    await running.append({ visitorId: "v", itemIds: ["a"] }, { visitorId: "w", itemIds: ["b"] });
    await expectSoon(running, "?visitorId=v&limit=1", "b:session");
    running = await running.restart();
    await waitFor(() => running.service.health().length === 0);
    expect(shortly(await running.ask("?visitorId=v&limit=1"))).toBe("b:session");
  });

  test("is not ready while it catches up, and says so", async () => {
    const blocked = await startRecommender({ log: { ...neverReading(running), close: () => Promise.resolve() } });
    try {
      const health = await waitFor(() => blocked.service.health().find((problem) => problem.message.includes("left")));
      expect(health).toMatchObject({ code: "LOG_CATCHING_UP" });
      expect((await fetch(`${blocked.server.url}/readyz`)).status).toBe(503);
    } finally {
      await blocked.close();
    }
  });

  test("old events of a replay are no trend and no session, but tell the visitor's taste", async () => {
    await running.publish(["a", "b", "c"]);
    const occurredAtMs = nowMs - 48 * hourMs;
    await running.append({ visitorId: "v", itemIds: ["a"], occurredAtMs }, { visitorId: "w", itemIds: ["new"] });
    await expectSoon(running, "?visitorId=v&limit=3", "b:user new:trending a:popular");
  });

  test("what is not an event, or of an unknown shop, is skipped", async () => {
    const broken = ["", "null", "{", '{"name":"view_item"}', '{"name":"view_item","visitorId":"v","items":[null]}'];
    await running.log.append(
      topics.clicks,
      broken.map((text) => ({ key: "v", value: Buffer.from(text) })),
    );
    await running.append({ visitorId: "v", itemIds: ["x"], tenant: "nobody" }, { visitorId: "v", itemIds: ["a"] });
    await expectSoon(running, "?visitorId=u", "a:trending");
    expect(await running.metric(/^footfall_recommender_unreadable_records_total 5$/)).toBeDefined();
  });

  test("what visitors do with recommendations is counted by placement, not again after a start, and no bots", async () => {
    const items = [{ item_id: "a" }];
    const event = { v: schemaVersion, tenant: "demo", visitorId: "v", sessionId: "s", occurredAtMs: nowMs, items };
    const at = (placement: string) => ({ recommendation: { requestId: "r1", placement } });
    const envelopes = [
      { ...event, name: "view_item_list", receivedAtMs: nowMs, ...at("home") },
      { ...event, name: "select_item", receivedAtMs: nowMs, ...at("home") },
      { ...event, name: "select_item", receivedAtMs: nowMs, ...at("cart") },
      { ...event, name: "select_item", receivedAtMs: nowMs },
      { ...event, name: "select_item", receivedAtMs: nowMs, ...at("home"), isBot: true },
      { ...event, name: "purchase", receivedAtMs: nowMs - 1, ...at("home") },
    ];
    const records = envelopes.map((each) => ({ key: "v", value: Buffer.from(JSON.stringify(each)) }));
    await running.log.append(topics.clicks, records);
    const counted = (name: string) => running.metric(new RegExp(`^footfall_recommender_events_total.*"${name}"`));
    await waitFor(async () => (await counted("select_item"))?.endsWith(" 3"));
    expect(await counted("view_item_list")).toMatch(/ 1$/);
    expect(await counted("purchase")).toBeUndefined();
    const outcome = (placement: string, what: string) =>
      running.metric(new RegExp(`outcomes_total\\{placement="${placement}",outcome="${what}"\\}`));
    expect(await outcome("home", "shown")).toMatch(/ 1$/);
    expect(await outcome("home", "clicked")).toMatch(/ 1$/);
    expect(await outcome("cart", "clicked")).toMatch(/ 1$/);
    expect(await outcome("home", "bought")).toBeUndefined();
  });

  test("a log that fails is followed on where it failed, once it is back", async () => {
    let isAway = true;
    const { log } = running;
    const flaky = await startRecommender({
      log: {
        ...neverReading(running),
        offsetsAt: (topic, timeMs) => log.offsetsAt(topic, timeMs),
        offsets: (topic) => log.offsets(topic),
        subscribe: (options) => (isAway ? Promise.reject(new Error("away")) : log.subscribe(options)),
      },
    });
    try {
      await running.append({ visitorId: "v", itemIds: ["a"] });
      await waitFor(() => flaky.service.health().some((problem) => problem.message.includes("away")));
      isAway = false;
      await expectSoon(flaky, "?visitorId=u", "a:trending");
      expect(flaky.service.health()).toEqual([]);
    } finally {
      await flaky.close();
    }
  });

  test("with a model it stays ready while the log is away, says that its view ages, and shows no lag", async () => {
    let isAway = true;
    const { log } = running;
    const away = (): Promise<never> => Promise.reject(new Error("away"));
    const flaky = await startRecommender({
      log: {
        ...neverReading(running),
        offsetsAt: (topic, timeMs) => (isAway ? away() : log.offsetsAt(topic, timeMs)),
        offsets: (topic) => (isAway ? away() : log.offsets(topic)),
        subscribe: (options) => (isAway ? away() : log.subscribe(options)),
      },
      logSilentAfterMs: 1_000,
    });
    try {
      await waitFor(() => flaky.service.health().some(({ message }) => message.includes("away")));
      await flaky.publish(["a", "b"]);
      await waitFor(() => flaky.service.health().length === 0);
      expect(flaky.service.warnings!()[0]!.message).toContain("answers miss the last clicks (nothing was read yet)");
      expect((await fetch(`${flaky.server.url}/readyz`)).status).toBe(200);
      expect(await flaky.metric(/^footfall_recommender_log_lag_records/)).toBeUndefined();
      isAway = false;
      await waitFor(() => flaky.service.warnings!().length === 0);
      await waitFor(async () => (await flaky.metric(/^footfall_recommender_log_lag_records.* 0$/)) !== undefined);
    } finally {
      await flaky.close();
    }
  });
});

/** A log with records that never come. */
function neverReading({ log }: RunningRecommender): typeof log {
  const fail = (): never => {
    throw new Error("not asked in this test");
  };
  const nothing: (typeof log)["read"] = fail;
  return {
    createTopic: fail,
    append: fail,
    read: nothing,
    groupOffsets: fail,
    resetOffsets: fail,
    topics: fail,
    applyRetention: fail,
    close: () => Promise.resolve(),
    offsetsAt: () => Promise.resolve([0n]),
    offsets: () => Promise.resolve([{ startOffset: 0n, endOffset: 5n }]),
    subscribe: () => {
      let end = (): void => undefined;
      const done = new Promise<void>((resolve) => (end = resolve));
      const stop = (): Promise<void> => {
        end();
        return done;
      };
      return Promise.resolve({
        partitions: [{ topic: topics.clicks, partition: 0 }],
        pause: fail,
        resume: fail,
        stop,
        done,
      });
    },
  };
}

describe("the API page", () => {
  test("shows every path and type, with a policy that allows no script", async () => {
    const page = await fetch(`${running.server.url}/docs`);
    const html = await page.text();
    expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(html).not.toMatch(/<script|https?:\/\//);
    for (const word of ["/recommendations", "visitorId", "exclude", "REQUEST_INVALID", "RecommendationResponse"]) {
      expect(html).toContain(word);
    }
  });

  test("the answer has the members that openapi.json requires", async () => {
    const document = (await (await fetch(`${running.server.url}/openapi.json`)).json()) as {
      components: { schemas: Record<string, { required: string[] }> };
    };
    await running.publish(["a", "b"]);
    await expectSoon(running, "?itemId=a", "b:item");
    const { body } = await running.ask("?itemId=a");
    expect(Object.keys(body).sort()).toEqual(document.components.schemas.RecommendationResponse!.required.sort());
    expect(Object.keys(body.items[0]!).sort()).toEqual(document.components.schemas.Recommendation!.required.sort());
  });
});

describe("keys that change while the recommender runs", () => {
  test("serve shops that are added, with their model and what their visitors do from then on", async () => {
    const now = new Map(keys);
    let changed = (): void => {};
    const started = await startRecommender({ keys: now, onKeysChange: (listener) => (changed = listener) });
    onTestFinished(() => started.close());
    await started.publish(["a", "b", "c"], "new");
    expect((await started.ask("?key=added")).body.code).toBe("EVENT_KEY_INVALID");
    now.set("added", { key: "added", tenant: "new" as TenantId, origins: ["*"], isHistoric: false });
    changed();
    await waitFor(async () => (await started.ask("?key=added")).body.modelVersion);
    await started.append({ tenant: "new", visitorId: "v1", itemIds: ["a"] });
    await expectSoon(started, "?key=added&visitorId=v1&limit=1", "b:session");
    now.delete("added");
    changed();
    expect((await started.ask("?key=added")).body.code).toBe("EVENT_KEY_INVALID");
  });
});
