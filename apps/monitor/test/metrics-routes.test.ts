import { createLogger, Registry, type RunningServer, startServer } from "@footfall/runtime";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type MonitorFixture, openMonitorFixture, scrape, startMs } from "./monitor-fixture.ts";

let monitor: MonitorFixture;
let server: RunningServer;

beforeEach(async () => {
  monitor = await openMonitorFixture();
  const alerting = { folder: `${monitor.folder}/monitor`, tenant: "default", rules: [], externalUrl: () => "http://x" };
  const service = await monitor.start({ alerting });
  const logger = createLogger({ name: "test", level: "silent" });
  server = await startServer({ services: [service], host: "127.0.0.1", port: 0, logger, registry: new Registry() });
});
afterEach(async () => {
  await server.close();
  await monitor.close();
});

const range = { from: String(startMs), to: String(startMs + 60_000) };

async function get(path: string, parameters: Record<string, string> = {}) {
  const text = new URLSearchParams({ ...range, ...parameters }).toString();
  const response = await fetch(`${server.operatorUrl}/metrics-api/${path}?${text}`);
  if (response.ok) {
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  }
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function putSome(): Promise<void> {
  for (let second = 0; second <= 60; second += 5) {
    const bucket = (le: string, value: number) =>
      ({ name: "answer_seconds_bucket", kind: "counter", labels: { le, route: "/a" }, value }) as const;
    const hits = (code: string, value: number) =>
      ({ name: "http_hits_total", kind: "counter", labels: { code, path: 'a"b' }, value }) as const;
    await monitor.send(
      scrape(second * 1_000, { samples: [hits("200", second), hits("500", 2 * second)] }),
      scrape(second * 1_000, {
        instance: "b:1",
        samples: [
          { name: "Hits_of_cache", kind: "gauge", labels: {}, value: second },
          bucket("1", second),
          bucket("+Inf", second),
        ],
      }),
      scrape(second * 1_000, { tenant: "other", values: { hits_of_others: 1 } }),
    );
  }
  await monitor.closedUntil(startMs + 60_000);
}

describe("the routes of metrics", () => {
  it("find names by a part of them, those that begin with it first, histograms without their suffix", async () => {
    await putSome();
    const { body } = await get("names", { search: "hits" });
    expect(body).toEqual({
      names: [
        { name: "Hits_of_cache", kind: "gauge" },
        { name: "http_hits_total", kind: "counter" },
      ],
      total: 2,
    });
    expect((await get("names")).body).toMatchObject({
      names: [
        { name: "Hits_of_cache" },
        { name: "answer_seconds", kind: "histogram" },
        { name: "http_hits_total" },
        { name: "up", kind: "gauge" },
      ],
    });
    expect((await get("names", { limit: "1" })).body).toMatchObject({ names: [{}], total: 4 });
    expect((await get("names", { search: "o'x%" })).body).toEqual({ names: [], total: 0 });
    expect((await get("names", { from: "0", to: String(startMs - 1) })).body).toEqual({ names: [], total: 0 });
  });

  it("give labels of a metric with their values; of a histogram without le", async () => {
    await putSome();
    expect((await get("labels", { name: "http_hits_total" })).body).toEqual({
      labels: [
        { label: "job", values: ["shop"], isComplete: true },
        { label: "instance", values: ["a:1"], isComplete: true },
        { label: "code", values: ["200", "500"], isComplete: true },
        { label: "path", values: ['a"b'], isComplete: true },
      ],
    });
    const { labels } = (await get("labels", { name: "answer_seconds" })).body as { labels: { label: string }[] };
    expect(labels.map(({ label }) => label)).toEqual(["job", "instance", "route"]);
  });

  // grafana/mcp-grafana#557: results that were cut look complete.
  it("answer a query with the greatest series, how many there are, and up to when windows have closed", async () => {
    await putSome();
    const query = "rate(http_hits_total) by (code)";
    const { body } = await get("query", { query, step: "10", limit: "1" });
    expect(body).toMatchObject({ total: 2, series: [{ labels: { code: "500" } }] });
    expect(body["watermarkMs"]).toBeGreaterThanOrEqual(startMs + 60_000);
    const whole = (await get("query", { query, step: "10" })).body as { series: unknown[] };
    expect(whole.series).toHaveLength(2);
  });

  it("read windows for one query at a time, also after one that failed", async () => {
    await putSome();
    let reading = 0;
    let most = 0;
    const query = monitor.lake.query.bind(monitor.lake);
    vi.spyOn(monitor.lake, "query").mockImplementation(async (...of) => {
      if (!/hits_|Hits_/.test(of[0])) return query(...of);
      most = Math.max(most, (reading += 1));
      return query(...of).finally(() => (reading -= 1));
    });
    const texts = Array.from({ length: 6 }, (_, i) => (i % 2 ? "rate(Hits_of_cache)" : "http_hits_total"));
    const answers = await Promise.all(texts.map((text) => get("query", { query: text })));
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 200, 400, 200, 400]);
    expect(most).toBe(1);
  });

  it("tell where a query is wrong", async () => {
    const { status, body } = await get("query", { query: "rate(hits_total" });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "REQUEST_INVALID", field: "query", position: 15 });
    expect(body["detail"]).toMatch(/^a closing parenthesis is wanted at character 16/);
  });

  it.each([
    ["query", "limit", "1001"],
    ["query", "from", "yesterday"],
    ["query", "to", "1"],
    ["names", "limit", "0"],
    ["names", "to", "9e99"],
    ["labels", "name", ""],
  ])("refuse %s with %s=%s", async (path, name, value) => {
    const { status, body } = await get(path, { query: "up", name: "up", [name]: value });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "REQUEST_INVALID", field: name === "to" && value === "1" ? "from" : name });
  });

  it("answer with nothing where no window has closed yet", async () => {
    expect((await get("query", { query: "up" })).body).toEqual({ series: [], total: 0 });
    expect((await get("names")).body).toEqual({ names: [], total: 0 });
    expect((await get("labels", { name: "up" })).body).toEqual({ labels: [] });
  });
});
