import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
