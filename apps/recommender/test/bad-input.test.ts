import { connect } from "node:net";
import { waitFor } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { excludeItemsMax } from "../src/request/recommendation-query.ts";
import { type RunningRecommender, shortly, startRecommender } from "./running-recommender.ts";

let running: RunningRecommender;
beforeAll(async () => {
  running = await startRecommender();
  await running.publish(["a", "é", "a,b"]);
  await waitFor(async () => (await running.ask("")).body.modelVersion);
});
afterAll(() => running.close());

const long = "x".repeat(129);

describe("bad parameters", () => {
  test.each([
    ["?limit=0", "limit"],
    ["?limit=101", "limit"],
    ["?limit=1e9", "limit"],
    ["?limit=1000000000", "limit"],
    ["?limit=NaN", "limit"],
    ["?limit=-1", "limit"],
    ["?limit=2.5", "limit"],
    ["?limit=1&limit=2", "limit"],
    [`?visitorId=${long}`, "visitorId"],
    ["?visitorId=a%00b", "visitorId"],
    ["?visitorId=a&visitorId=a", "visitorId"],
    ["?itemId=%0a", "itemId"],
    ["?itemId=%E0%A4%A", "itemId"],
    ["?itemId=%ff", "itemId"],
    ["?placement=%7f", "placement"],
    [`?placement=${long}`, "placement"],
    ["?exclude=a,%01", "exclude"],
    [`?exclude=a,${long}`, "exclude"],
    [`?exclude=${"a,".repeat(excludeItemsMax + 1)}`, "exclude"],
    ["?exclude=%", "exclude"],
  ])("%.40s is refused with its field", async (query, field) => {
    const answer = await running.ask(query);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body).toMatchObject({ code: "REQUEST_INVALID", field });
  });

  test("an unknown key is a 401, other methods a 405", async () => {
    expect((await running.ask("?key=wrong")).body).toMatchObject({ status: 401, code: "EVENT_KEY_INVALID" });
    const put = await running.ask("", { method: "PUT", body: "{}" });
    expect(put.body).toMatchObject({ status: 405, code: "REQUEST_METHOD_NOT_ALLOWED" });
    expect(put.headers.get("allow")).toContain("GET");
    expect(await running.metric(/footfall_errors_total\{app="recommender",code="EVENT_KEY_INVALID"\} 1/)).toBeDefined();
  });

  test("a visitor without the shop's key is a 401 that pages may read", async () => {
    const headers = { origin: "https://shop.example" };
    const answer = await running.ask("?visitorId=v", { headers });
    expect(answer.body).toMatchObject({ status: 401, code: "EVENT_KEY_INVALID" });
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect((await running.ask("?visitorId=v", { headers: { "x-footfall-key": "page" } })).status).toBe(200);
    expect((await running.ask("?itemId=a&visitorId=", { headers })).status).toBe(200);
  });

  test("ten thousand exclusions are refused, and the server lives", async () => {
    const many = Array.from({ length: 10_000 }, (_, at) => at).join(",");
    expect((await running.ask(`?exclude=${many}`)).status).toBe(400);
    expect((await running.ask(`?exclude=${many.repeat(4)}`)).status).toBe(431);
    expect((await running.ask("")).status).toBe(200);
  });
});

describe("odd but good parameters", () => {
  test.each([
    ["?limit=&visitorId=&itemId=&exclude=&placement=", "a:popular é:popular a,b:popular"],
    ["?&&limit=1&", "a:popular"],
    ["?exclude=a%2Cx&limit=1", "é:popular"],
    ["?exclude=a%2Cb", "é:popular"],
    ["?exclude=%C3%A9,a", "a,b:popular"],
    ["?utm_source=mail&fbclid=%E0%A4%A&_=1795&_=1796&limit=1&cb", "a:popular"],
    ["?%=v&__proto__=v&=x&limit=1", "a:popular"],
    ["?exclude[]=a&exclude%5B%5D=x&exclude%5b1%5d=y&limit=1", "é:popular"],
    ["?visitorId=%F0%9F%98%80+x&limit=1", "a:popular"],
    [`?exclude=${"a,".repeat(excludeItemsMax)}&limit=1`, "é:popular"],
  ])("%.40s", async (query, expected) => {
    expect(shortly(await running.ask(query))).toBe(expected);
  });

  test("unescaped UTF-8 in an address is refused by the HTTP parser, never half understood", async () => {
    const raw = await new Promise<string>((resolve, reject) => {
      const socket = connect(running.server.port, "127.0.0.1");
      let text = "";
      socket.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
      socket.on("close", () => resolve(text));
      socket.on("error", reject);
      socket.write("GET /recommendations?exclude=é HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    });
    expect(raw).toMatch(/^HTTP\/1.1 400 /);
  });

  test("HEAD tells length and type without a body", async () => {
    const head = await running.ask("", { method: "HEAD" });
    expect([head.status, head.text]).toEqual([200, ""]);
  });
});
