import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@footfall/base";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { logsTopic } from "@footfall/service-logs";
import { metricsTopic } from "@footfall/metrics";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppProcess, startApp } from "../app-process.ts";
import { canRunPrometheus } from "./prometheus-or-skip.ts";

const apps = [
  "standalone",
  "collector",
  "aggregator",
  "recommender",
  "trainer",
  "storefront",
  "agent",
  "indexer",
  "monitor",
];
const patient = { deadlineMs: 60_000, intervalMs: 100 };

describe.runIf(canRunPrometheus())("promtool finds nothing to complain about", () => {
  let folder: TemporaryFolder;
  const running: AppProcess[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(async () => {
    await Promise.all(running.map((app) => app.kill()));
    await folder?.remove();
  });

  it.each(apps)("in the metrics of the %s", async (app) => {
    const storageDir = join(folder.path, app);
    const agentFile = join(folder.path, "agent.yml");
    await writeFile(agentFile, "hostMetrics: { intervalSeconds: 1 }\n");
    // The embedded log belongs to one process: each app has one of its own, with topics that it waits for.
    const log = await openEmbeddedLog({ folder: join(storageDir, "log"), clock: systemClock });
    for (const name of ["clicks", "clicks.rejected", logsTopic, metricsTopic]) {
      await log.createTopic({ name, partitions: 1 });
    }
    await log.close();
    const process = await startApp(app, storageDir, app === "agent" ? { FOOTFALL_AGENT_CONFIG_FILE: agentFile } : {});
    running.push(process);
    await askForSomething(process.url);
    const metrics = await waitFor(async () => {
      const text = await (await fetch(`${process.operatorUrl}/metrics`)).text();
      return text.includes("footfall_service_ready") ? text : undefined;
    }, patient);
    const { status, stderr, stdout } = spawnSync("promtool", ["check", "metrics"], {
      input: metrics,
      encoding: "utf8",
    });
    expect({ status, complaints: stderr + stdout }).toEqual({ status: 0, complaints: "" });
    expect(metrics.match(/^# TYPE footfall_/gm)!.length).toBeGreaterThan(0);
    await process.kill();
  });

  it("in the tests of Prometheus' own alerts", () => {
    const { status, stderr } = spawnSync("promtool", ["test", "rules", "deploy/prometheus/rules.test.yml"], {
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("in what Prometheus is configured to scrape and to judge", () => {
    const { status, stderr } = spawnSync("promtool", ["check", "config", "deploy/prometheus/prometheus.yml"], {
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

/** What fills the metrics of a shop; an app that has no such address says so, and counts that. */
async function askForSomething(url: string): Promise<void> {
  const event = { eventId: crypto.randomUUID(), name: "page_view", visitorId: "v1", sessionId: "s1", seq: 1 };
  const body = JSON.stringify({
    key: "demo",
    sentAtMs: Date.now(),
    events: [{ ...event, occurredAtMs: Date.now() }, {}],
  });
  await fetch(`${url}/v1/events`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  await fetch(`${url}/recommendations?key=demo&visitorId=v1`);
  const resourceLogs = [{ scopeLogs: [{ logRecords: [{ body: { stringValue: "hello" } }] }] }];
  const otlp = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ resourceLogs }),
  };
  await fetch(`${url}/v1/logs`, otlp);
}
