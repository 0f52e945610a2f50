import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type AlertState, parseRules } from "@footfall/metrics/alerts";
import { waitFor } from "@footfall/testkit";
import express from "express";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { faultLake } from "../../aggregator/test/fault-lake.ts";
import { readNoticeFile } from "../src/alerts/alert-files.ts";
import type { ReceiverDeliveries } from "../src/alerts/notice-deliveries.ts";
import { readAlerts } from "../src/alerts/read-alerts.ts";
import { addSilence } from "../src/alerts/silences.ts";
import { type MonitorFixture, openMonitorFixture, scrape, startMs } from "./monitor-fixture.ts";

interface Received {
  readonly path: string;
  readonly key: string;
  readonly status: string;
  readonly alertnames: readonly string[];
}

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly endsAt?: string;
}

/** What still fires ends in the future there. */
function statusOf(alerts: readonly Alert[]): string {
  return alerts.some(({ endsAt }) => Date.parse(endsAt!) > monitor.clock.now()) ? "firing" : "resolved";
}

let monitor: MonitorFixture;
let server: Server;
let received: Received[];
let answer: number;

beforeEach(async () => {
  // One partition that is never idle: the watermark is the newest sample's time, and no clock moves it.
  monitor = await openMonitorFixture({ partitions: 1, waitStepMs: 0 });
  monitor.clock.advance(3_600_000);
  received = [];
  answer = 200;
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => (text += String(part)));
    request.on("end", () => {
      const body = JSON.parse(text) as { status: string; alerts: Alert[] } | Alert[];
      // A webhook gets a notice, an Alertmanager a list of alerts.
      const { status, alerts } = Array.isArray(body) ? { status: statusOf(body), alerts: body } : body;
      const alertnames = alerts.map(({ labels }) => labels["alertname"]!);
      received.push({ path: request.url!, key: String(request.headers["idempotency-key"]), status, alertnames });
      response.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  await monitor.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const load = {
  alert: "Load",
  for: "20s",
  condition: { threshold: { metric: { name: "load" }, function: "last", over: "10s", op: ">", value: 10 } },
};
const silent = {
  alert: "Silent",
  condition: { absence: { metric: { name: "up" }, expected: [{ job: "shop" }], over: "20s" } },
};

const tellsHook = (port: number) => ({
  receivers: new Map([["hook", { webhookUrl: `http://127.0.0.1:${port}/` }]]),
  alertmanagers: [],
});

function alerting(...rules: readonly object[]) {
  const parsed = parseRules({ groups: [{ name: "group", interval: "10s", rules }] });
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  const { port } = server.address() as AddressInfo;
  const route = {
    receiver: "hook",
    matchers: [],
    groupBy: ["alertname"],
    groupWaitMs: 0,
    groupIntervalMs: 0,
    repeatIntervalMs: 1e12,
    routes: [],
  };
  const notices = { route, inhibitRules: [], ...tellsHook(port) };
  const { rules: judged } = parsed;
  return {
    folder: `${monitor.folder}/monitor`,
    tenant: "default",
    rules: judged,
    notices,
    externalUrl: () => "http://ops",
  };
}

const start = (...rules: readonly object[]) => monitor.start({ alerting: alerting(...rules), ...unmoved });
const unmoved = { outOfOrderMs: 0, idleTimeoutMs: 1e9 };

/** Sends a value of `load` every 10 s from one time to another, and waits until the windows in between are judged. */
async function observe(fromMs: number, toMs: number, value: number, job = "shop"): Promise<void> {
  for (let ms = fromMs + 1_000; ms < toMs; ms += 10_000) {
    await monitor.send(scrape(ms, { job, values: { load: value } }));
  }
  await monitor.send(scrape(toMs, { job, values: { load: value } }));
  await waitFor(async () => (await readAlerts(`${monitor.folder}/monitor`, 0)).windowEndMs === startMs + toMs, {
    deadlineMs: 20_000,
    what: `alerts judged until ${toMs}`,
  });
}
const states = async () => {
  const { alerts } = await readAlerts(`${monitor.folder}/monitor`, 0);
  return alerts.map(({ labels, state }) => `${labels["alertname"]} ${state}`);
};
const history = () =>
  monitor.lake.query<{ to: string }>("SELECT to_state AS to FROM alert_transitions ORDER BY changed_at, to_state");
const heard = (count: number) =>
  waitFor(() => received.length >= count, { deadlineMs: 20_000, what: `${count} notices` });

test("an alert is pending, fires, is told, and is told to be over; a restart in between tells nothing twice", async () => {
  const first = await start(load);
  await observe(0, 20_000, 50);
  expect(await states()).toEqual(["Load pending"]);
  expect(received).toEqual([]);
  await observe(20_000, 40_000, 50);
  await heard(1);
  await first.stop();

  await start(load);
  await observe(40_000, 60_000, 50);
  expect(await states()).toEqual(["Load firing"]);
  await observe(60_000, 80_000, 1);
  await heard(2);
  expect(received.map(({ status, alertnames }) => `${alertnames.join()} ${status}`)).toEqual([
    "Load firing",
    "Load resolved",
  ]);
  expect((await history()).map(({ to }) => to)).toEqual(["pending", "firing", "resolved"]);
}, 60_000);

test("what a receiver did not take comes again with its key, and a silenced alert is not told", async () => {
  answer = 503;
  await start({ ...load, for: "0s" }, { ...load, alert: "Muted", for: "0s" });
  await addSilence(`${monitor.folder}/monitor`, {
    matchers: ["alertname=Muted"],
    startsAtMs: 0,
    endsAtMs: startMs + 1e9,
    createdBy: "somebody",
    comment: "known",
  });
  await observe(0, 20_000, 50);
  await heard(2);
  answer = 200;
  const refused = received.length;
  await heard(refused + 1);
  expect(new Set(received.map(({ key }) => key)).size).toBe(1);
  expect(new Set(received.flatMap(({ alertnames }) => alertnames))).toEqual(new Set(["Load"]));
  expect((await states()).sort()).toEqual(["Load firing", "Muted firing"]);
}, 60_000);

test("a monitor that dies after its state is stored adds the history it owes, once", async () => {
  let hasDied = false;
  const lake = faultLake(monitor.lake, (table, step) => {
    if (hasDied || table !== "alert_transitions" || step !== "commit") return;
    hasDied = true;
    throw new Error("killed");
  });
  await monitor.start({ ...unmoved, lake, alerting: alerting({ ...load, for: "0s" }) });
  await observe(0, 20_000, 50);
  await heard(1);
  expect(hasDied).toBe(true);
  expect((await history()).map(({ to }) => to)).toEqual(["firing"]);
}, 60_000);

test("a job that nobody scrapes any more is noticed while others are scraped", async () => {
  await start(silent);
  await observe(0, 20_000, 1);
  expect(await states()).toEqual([]);
  await observe(20_000, 60_000, 1, "other");
  await heard(1);
  expect(received[0]!.alertnames).toEqual(["Silent"]);
}, 60_000);

test("a file of Alertmanagers alone tells them what fires and what is over, and leaves no notice owed", async () => {
  const { port } = server.address() as AddressInfo;
  const path = `${monitor.folder}/notices.yml`;
  await writeFile(path, `alertmanagers: ["http://127.0.0.1:${port}"]\n`);
  const notices = await readNoticeFile(path);
  await monitor.start({ ...unmoved, alerting: { ...alerting({ ...load, for: "0s" }), notices } });
  // An Alertmanager is told of an end for a quarter of an hour.
  monitor.clock.advance(100_000);
  await observe(3_600_000, 3_620_000, 50);
  await heard(1);
  await observe(3_620_000, 3_640_000, 1);
  await heard(2);
  expect(received.map((each) => `${each.path} ${each.alertnames.join()} ${each.status}`)).toEqual([
    "/api/v2/alerts Load firing",
    "/api/v2/alerts Load resolved",
  ]);
  const stored = JSON.parse(await readFile(`${monitor.folder}/monitor/alerts.json`, "utf8")) as { state: AlertState };
  expect(stored.state).toMatchObject({ ended: {}, groups: {} });
}, 60_000);

test("the state of delivery is told: attempts and the last error while a receiver refuses, then when it took it", async () => {
  answer = 503;
  const service = await start({ ...load, for: "0s" });
  const app = express().use(service.operatorRouter!);
  const operator = app.listen(0, "127.0.0.1");
  onTestFinished(() => void operator.close());
  await once(operator, "listening");
  const told = async () => {
    const { port } = operator.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/alerts-api/notices`);
    return ((await response.json()) as { receivers: readonly ReceiverDeliveries[] }).receivers[0]!;
  };
  expect(await told()).toEqual({ receiver: "hook", ways: ["webhook"], groups: [] });
  await observe(0, 20_000, 50);
  await heard(3);
  await waitFor(async () => ((await told()).groups[0]?.failed?.attempts ?? 0) >= 3, { deadlineMs: 20_000 });
  const { groups, takenAtMs } = await told();
  expect(takenAtMs).toBeUndefined();
  expect(groups).toMatchObject([{ labels: { alertname: "Load" }, state: "failing" }]);
  expect(groups[0]!.failed!.error).toContain("status 503");
  answer = 200;
  await waitFor(async () => (await told()).groups[0]?.state === "delivered", { deadlineMs: 20_000 });
  const nowMs = monitor.clock.now();
  expect(await told()).toMatchObject({ takenAtMs: nowMs, groups: [{ deliveredAtMs: nowMs }] });
  expect((await told()).groups[0]).not.toHaveProperty("failed");
}, 60_000);
