import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { topics } from "@footfall/events";
import { allowsOrigin, createLogger, openWriteKeys, readWriteKeys } from "@footfall/runtime";
import { temporaryFolder } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { clickEvent, type RunningCollector, startCollector } from "../../apps/collector/test/running-collector.ts";
import { type RunningRecommender, startRecommender } from "../../apps/recommender/test/running-recommender.ts";
import { showCase } from "./cases-report.ts";

let collector: RunningCollector;
let recommender: RunningRecommender;
beforeAll(async () => {
  collector = await startCollector();
  recommender = await startRecommender();
});
afterAll(async () => {
  await collector.close();
  await recommender.close();
});

describe("addresses", () => {
  it.each(["/v1/events/", "//v1/events"])("takes %s", async (path) => {
    const body = JSON.stringify({ key: "open", events: [clickEvent()] });
    expect((await fetch(`${collector.server.url}${path}`, { method: "POST", body })).status).toBe(200);
    await showCase(`POST ${path}`, "as /v1/events");
  });

  it("passes over parameters of others", async () => {
    const answer = await recommender.ask("?utm_source=mail&fbclid=%E0%A4%A&_=1795&limit=3");
    expect(answer.status).toBe(200);
    expect((await recommender.ask("?utm_source=mail&limit=many")).body).toMatchObject({ status: 400, field: "limit" });
    await showCase("/recommendations with utm_source, fbclid, _", "answered; limit is still checked");
  });
});

describe("headers", () => {
  it("lets a page with tracing go on", async () => {
    const asked = "content-type,traceparent,sentry-trace,baggage";
    const headers = { origin: "https://shop.example", "access-control-request-headers": asked };
    for (const address of [`${collector.server.url}/v1/events`, `${recommender.server.url}/recommendations`]) {
      const answer = await fetch(address, { method: "OPTIONS", headers });
      const granted = (answer.headers.get("access-control-allow-headers") ?? "").toLowerCase().split(", ");
      expect(asked.split(",").filter((name) => !granted.includes(name))).toEqual([]);
    }
    await showCase(`preflight asking ${asked}`, "granted");
  });

  it("takes 1,000 UUIDs to exclude beside 20 KB of cookies", async () => {
    const exclude = Array.from({ length: 1_000 }, () => randomUUID()).join("%2C");
    const headers = { cookie: `session=${"x".repeat(20_000)}` };
    expect((await recommender.ask(`?exclude=${exclude}`, { headers })).status).toBe(200);
    await showCase("exclude of 1,000 UUIDs, 20 KB of cookies", "answered");
  });

  it("says in a problem that headers are too large", async () => {
    const headers = { cookie: "x".repeat(200_000), origin: "https://shop.example" };
    const answer = await recommender.ask("", { headers });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([431, "*"]);
    expect(answer.body.code).toBe("REQUEST_HEADERS_TOO_LARGE");
    await showCase("200 KB of cookies", "431, problem+json that pages may read");
  });
});

describe("bodies that are refused as a whole", () => {
  it.each([
    ["JSON cut short", '{"key":"open","events":[{"name":', {}, '{"key":"open","events":[{"name":'],
    ["Content-Encoding: br", "{}", { "Content-Encoding": "br", "X-Footfall-Key": "open" }, "{}"],
    ["bytes that are no UTF-8", Buffer.from([0xff]), { "X-Footfall-Key": "open" }, "data:;base64,/w=="],
  ])("keeps %s", async (what, body, headers, event) => {
    const before = collector.log.values(topics.rejected).length;
    expect((await collector.post(body, headers)).status).toBe(400);
    expect(collector.log.values(topics.rejected).slice(before)).toMatchObject([{ tenant: "shop", event }]);
    await showCase(`body: ${what}`, "400, kept in clicks.rejected");
  });
});

describe("what is not for everybody", () => {
  it("keeps a visitor's answers to who has the shop's key", async () => {
    const address = `${recommender.server.url}/recommendations?visitorId=v-1`;
    expect((await fetch(address)).status).toBe(401);
    expect((await fetch(`${address}&key=page`)).status).toBe(200);
    await showCase("/recommendations?visitorId=… without a key", "401");
  });

  it("shows every shop's figures to operators only", async () => {
    const { url, operatorUrl } = collector.server;
    const statuses = ["/metrics", "/health"].map(async (path) => (await fetch(url + path)).status);
    expect(await Promise.all(statuses)).toEqual([404, 404]);
    expect((await fetch(`${operatorUrl}/metrics`)).status).toBe(200);
    await showCase("/metrics on the public port", "404; on the operator's port, loopback by default");
  });

  it("makes keys that nobody knows where none are given", async () => {
    const folder = await temporaryFolder();
    onTestFinished(() => folder.remove());
    const logger = createLogger({ name: "cases", level: "silent" });
    const keys = await openWriteKeys({ file: "", storageDir: folder.path, logger });
    expect([keys.has("demo"), keys.has("demo-historic"), keys.size]).toEqual([false, false, 2]);
    await showCase("no file of keys", "random keys, made once in the storage folder");
  });
});

describe("origins in a file of keys", () => {
  const readOrigins = async (origins: readonly string[]): Promise<readonly string[]> => {
    const folder = await temporaryFolder();
    onTestFinished(() => folder.remove());
    const file = join(folder.path, "keys.json");
    await writeFile(file, JSON.stringify([{ key: "shop-1", tenant: "shop", origins }]));
    return (await readWriteKeys(file)).get("shop-1")!.origins;
  };

  it("takes a slash at the end and upper case", async () => {
    const origins = await readOrigins(["https://Shop.example/"]);
    expect(allowsOrigin(origins, "https://shop.example")).toBe(true);
    await showCase("origin https://Shop.example/", "as https://shop.example");
  });

  it("takes subdomains", async () => {
    const origins = await readOrigins(["https://*.shop3.example"]);
    const sent = ["https://www.shop3.example", "https://shop3.example", "https://evilshop3.example"];
    expect(sent.map((origin) => allowsOrigin(origins, origin))).toEqual([true, false, false]);
    await showCase("origin https://*.shop3.example", "subdomains, not the apex, no lookalikes");
  });

  it("refuses a bare host, and says what to write", async () => {
    await expect(readOrigins(["shop2.example"])).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining('write "https://shop2.example"') as string,
    });
    await showCase("origin shop2.example", 'CONFIG_INVALID: write "https://shop2.example"');
  });
});
