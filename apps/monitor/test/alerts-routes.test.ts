import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { parseMetricQuery } from "@footfall/metrics";
import { parseRules } from "@footfall/metrics/alerts";
import { sendProblem } from "@footfall/runtime";
import { waitFor } from "@footfall/testkit";
import express, { type ErrorRequestHandler } from "express";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { alertsRoutes } from "../src/alerts-routes.ts";
import { chartQuery } from "../src/alerts/describe-rule.ts";
import { readAlerts } from "../src/alerts/read-alerts.ts";
import { type MonitorFixture, openMonitorFixture, scrape, startMs } from "./monitor-fixture.ts";

const load = { metric: { name: "load" }, function: "last", over: "10s", op: ">" };
const parsed = parseRules({
  groups: [
    {
      name: "group",
      interval: "10s",
      rules: [
        {
          alert: "Load",
          for: "20s",
          condition: { threshold: { ...load, value: 10, until: 5 } },
          labels: { severity: "warning" },
          annotations: { summary: "{{ $labels.job }} is busy", logs: "service:{{ $labels.job }} level:error" },
        },
        {
          alert: "Overload",
          condition: { threshold: { ...load, value: 90, by: ["job"] } },
          labels: { severity: "critical" },
        },
      ],
    },
  ],
});
const rules = "rules" in parsed ? parsed.rules : [];
const inhibitRules = [
  {
    source: [{ name: "alertname", op: "=", value: "Overload" }],
    target: [{ name: "alertname", op: "=", value: "Load" }],
    equal: ["job"],
  },
] as const;

interface Body {
  readonly id: string;
  readonly code: string;
  readonly windowEndMs: number | null;
  readonly isComplete: boolean;
  readonly alerts: readonly { readonly related: { readonly chartQuery: string } }[];
  readonly incidents: readonly object[];
  readonly silences: readonly object[];
  readonly rules: readonly object[];
}
interface Answer {
  readonly status: number;
  readonly body: Body;
}

let monitor: MonitorFixture;
let server: Server;

beforeEach(async () => {
  monitor = await openMonitorFixture({ partitions: 1, waitStepMs: 0 });
  monitor.clock.advance(3_600_000);
  const { lake, clock } = monitor;
  const app = express();
  app.use(
    alertsRoutes({ lake, clock: clock.now, folder: folder(), rules, notices: { inhibitRules: [...inhibitRules] } }),
  );
  const onError: ErrorRequestHandler = (error, _request, response, _next) => void sendProblem(response, error);
  app.use(onError);
  server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await monitor.close();
});

const folder = () => `${monitor.folder}/monitor`;
async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/alerts-api/${path}`, init);
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text === "" ? "{}" : text) as Body };
}
const asJson = { "Content-Type": "application/json" };
const silence = { matchers: ['alertname="Load"'], durationMs: 60_000, createdBy: "ann", comment: "known" };
const post = (body: unknown, headers: Record<string, string> = asJson) =>
  ask("silences", { method: "POST", headers, body: JSON.stringify(body) });

const start = () =>
  monitor.start({
    alerting: { folder: folder(), tenant: "default", rules, externalUrl: () => "http://ops" },
    outOfOrderMs: 0,
    idleTimeoutMs: 1e9,
  });
async function observe(fromMs: number, toMs: number, value: number): Promise<void> {
  for (let ms = fromMs + 1_000; ms < toMs; ms += 10_000) await monitor.send(scrape(ms, { values: { load: value } }));
  await monitor.send(scrape(toMs, { values: { load: value } }));
  await waitFor(async () => (await readAlerts(folder(), 0)).windowEndMs === startMs + toMs, {
    deadlineMs: 30_000,
    what: `alerts judged until ${toMs}`,
  });
}

describe("routes of alerts", () => {
  test("say that nothing was judged before a monitor has begun", async () => {
    expect((await ask("alerts")).body).toMatchObject({ alerts: [], total: 0, silences: [], windowEndMs: null });
    expect((await ask("history")).body).toEqual({ incidents: [], isComplete: true });
    expect((await ask("rules")).body.rules).toMatchObject([
      {
        name: "Load",
        state: "calm",
        condition: "last value of load in 10 s is above 10, and until it is past 5, for 20 s",
      },
      { name: "Overload", state: "calm", condition: "last value of load (sum by job) in 10 s is above 90" },
    ]);
  });

  test("give what is pending and fires, the severest first, with what mutes it and where to look", async () => {
    await start();
    await observe(0, 10_000, 95);
    const { body: created } = await post(silence);
    const { alerts, silences, windowEndMs } = (await ask("alerts")).body;
    expect(windowEndMs).toBe(startMs + 10_000);
    expect(silences).toHaveLength(1);
    expect(alerts).toMatchObject([
      {
        labels: { alertname: "Overload" },
        state: "firing",
        silencedBy: [],
        isInhibited: false,
        related: { logsQuery: "service:shop", chartQuery: 'last(load{job="shop"}) by (job)' },
      },
      {
        labels: { alertname: "Load" },
        state: "pending",
        value: 95,
        silencedBy: [created.id],
        isInhibited: true,
        annotations: { summary: "shop is busy" },
        related: {
          logsQuery: "service:shop level:error",
          chartQuery: 'last(load{job="shop",instance="a:1"})',
          // What the condition looked at, and a minute more.
          fromMs: startMs + 10_000 - 10_000 - 60_000,
        },
      },
    ]);
    for (const { related } of alerts) parseMetricQuery(related.chartQuery);
    expect((await ask("rules")).body.rules).toMatchObject([{ state: "pending" }, { state: "firing", firing: 1 }]);
  }, 60_000);

  test("tell each life of an alert, also one that ended while pending, and one that goes on", async () => {
    await start();
    await observe(0, 10_000, 50);
    await observe(10_000, 20_000, 1);
    await observe(20_000, 50_000, 50);
    await observe(50_000, 60_000, 1);
    await observe(60_000, 70_000, 50);
    const range = `from=${startMs}&to=${startMs + 3_600_000}`;
    const history = async () => (await ask(`history?${range}&alert=Load`)).body;
    // The table follows the state.
    await waitFor(async () => (await history()).incidents.length === 3, { deadlineMs: 30_000, what: "the last one" });
    const { incidents, isComplete } = await history();
    expect(isComplete).toBe(true);
    expect(incidents).toMatchObject([
      { state: "pending", pendingMs: startMs + 70_000, related: { fromMs: startMs } },
      {
        state: "resolved",
        pendingMs: startMs + 30_000,
        firedMs: startMs + 50_000,
        endedMs: startMs + 60_000,
        related: { toMs: startMs + 120_000, logsQuery: "service:shop level:error" },
      },
      { state: "inactive", pendingMs: startMs + 10_000, endedMs: startMs + 20_000 },
    ]);
    expect(incidents[2]).not.toHaveProperty("firedMs");
    expect((await ask(`history?${range}&alert=Other`)).body.incidents).toEqual([]);
    // What has ended before the range is not in it; what reaches into it is.
    const later = (await ask(`history?from=${startMs + 55_000}&to=${startMs + 3_600_000}`)).body;
    expect(later.incidents).toHaveLength(2);
    const before = (await ask(`history?from=0&to=${startMs}`)).body;
    expect(before.incidents).toEqual([]);
  }, 60_000);

  test("take a silence, list it, and end it once", async () => {
    const { status, body } = await post(silence);
    expect(status).toBe(201);
    expect((await ask("silences")).body.silences).toMatchObject([{ id: body.id, createdBy: "ann", comment: "known" }]);
    expect((await ask(`silences/${body.id}`, { method: "DELETE" })).status).toBe(204);
    expect((await ask("silences")).body.silences).toEqual([]);
    expect((await ask(`silences/${body.id}`, { method: "DELETE" })).body.code).toBe("REQUEST_NOT_FOUND");
    expect((await ask("silences/..%2Falerts", { method: "DELETE" })).body.code).toBe("REQUEST_NOT_FOUND");
  });

  test.each([{ ...silence, matchers: [] }, { ...silence, matchers: ["a=~("] }, { ...silence, durationMs: 0 }, {}])(
    "refuse a silence that says nothing",
    async (body) => {
      const answer = await post(body);
      expect(answer).toMatchObject({ status: 400, body: { code: "REQUEST_INVALID" } });
    },
  );

  test.each(["history?from=abc", "history?from=2&to=1", "history?from=1&from=2", "history?alert=a&alert=b"])(
    "refuse %s",
    async (path) => {
      expect(await ask(path)).toMatchObject({ status: 400, body: { code: "REQUEST_INVALID" } });
    },
  );

  test.each(["cross-site", "same-site"])("refuse changes that a %s page asks for", async (site) => {
    const { body } = await post(silence);
    const headers = { ...asJson, "Sec-Fetch-Site": site };
    expect(await post(silence, headers)).toMatchObject({ status: 403, body: { code: "REQUEST_CROSS_SITE" } });
    const refused = await ask(`silences/${body.id}`, { method: "DELETE", headers });
    expect(refused).toMatchObject({ status: 403, body: { detail: expect.stringContaining("another site") } });
    expect((await ask("silences")).body.silences).toHaveLength(1);
  });

  test("refuse a form's body, and another origin where the browser says no site", async () => {
    const plain = await post(silence, { "Content-Type": "text/plain" });
    expect(plain).toMatchObject({ status: 400, body: { detail: expect.stringContaining("application/json") } });
    const other = await post(silence, { ...asJson, Origin: "http://evil.example" });
    expect(other.body.code).toBe("REQUEST_CROSS_SITE");
    expect((await post(silence, { ...asJson, "Sec-Fetch-Site": "same-origin" })).status).toBe(201);
  });
});

test("the rules that are shipped have charts that can be asked for", async () => {
  const { readRuleFile } = await import("../src/alerts/alert-files.ts");
  for (const rule of await readRuleFile("deploy/alerts.yml")) {
    const query = chartQuery(rule);
    if (rule.name === "Watchdog") expect(query).toBeUndefined();
    else parseMetricQuery(query!);
  }
});
