import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type AppProcess, startApp } from "../app-process.ts";

let folder: TemporaryFolder;
const running: AppProcess[] = [];
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.kill()));
  await folder.remove();
});

async function start(app: string, environment: Readonly<Record<string, string>> = {}): Promise<AppProcess> {
  const started = await startApp(app, folder.path, environment);
  running.push(started);
  return started;
}

it("shows in a process of its own what a monitor in another judges, and has it take silences", async () => {
  const monitor = await start("monitor");
  const console = await start("console", { FOOTFALL_CONSOLE_MONITOR_URL: monitor.operatorUrl });
  const at = (path: string) => `${console.operatorUrl}${path}`;
  for (const page of ["/", "/logs", "/charts", "/alerts"]) expect((await fetch(at(page))).status, page).toBe(200);
  const { rules } = (await (await fetch(at("/alerts-api/rules"))).json()) as { rules: { name: string }[] };
  expect(rules.map(({ name }) => name)).toContain("InstanceDown");
  expect(await (await fetch(at("/metrics-api/names"))).json()).toEqual({ names: [], total: 0 });
  const status = (await (await fetch(at("/console/status.json"))).json()) as object;
  // No collector has made the topic of clicks yet.
  expect(status).toMatchObject({ problems: null, events: { accepted: null }, log: { lag: 0, kept: 0, partitions: 0 } });

  const silence = { matchers: ["alertname=InstanceDown"], durationMs: 60_000, createdBy: "ann", comment: "known" };
  const post = (site: string) =>
    fetch(at("/alerts-api/silences"), {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: site },
      body: JSON.stringify(silence),
    });
  expect((await post("http://evil.example")).status).toBe(403);
  expect((await post(console.operatorUrl)).status).toBe(201);
  const own = await fetch(`${monitor.operatorUrl}/alerts-api/silences`);
  expect(await own.json()).toMatchObject({ silences: [{ comment: "known" }] });
  // The same answer through the console, until the monitor is gone.
  await waitFor(async () => (await fetch(at("/alerts-api/alerts"))).ok, { deadlineMs: 10_000 });
  await monitor.kill();
  expect((await fetch(at("/alerts-api/alerts"))).status).toBe(503);
  expect(await console.stop()).toBe(0);
});
