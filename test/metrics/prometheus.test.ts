import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { json } from "node:stream/consumers";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { type PrometheusServer, startAlertmanager, startPrometheus } from "@footfall/testkit/prometheus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppProcess, startApp } from "../app-process.ts";
import { canRunPrometheus } from "./prometheus-or-skip.ts";

const patient = { deadlineMs: 240_000, intervalMs: 100 };

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly generatorURL: string;
}

interface Notice {
  readonly status: string;
  readonly alerts: readonly Alert[];
}

const loadRule = {
  alert: "LoadHigh",
  condition: { threshold: { metric: { name: "load" }, function: "last", over: "10s", op: ">", value: 10 } },
  labels: { severity: "warning" },
  annotations: { summary: "{{ $labels.job }} is at {{ $value }}" },
};

describe.runIf(canRunPrometheus())("beside the servers of Prometheus", () => {
  let folder: TemporaryFolder;
  let service: Server;
  let load = 1;
  let sink: Server;
  const notices: Notice[] = [];
  let alertmanager: PrometheusServer;
  let prometheus: PrometheusServer;
  let footfall: AppProcess;

  beforeAll(async () => {
    folder = await temporaryFolder();
    service = await listening(createServer((_request, response) => void response.end(`load ${load}\n`)));
    sink = await listening(
      createServer((request, response) => {
        void json(request).then((notice) => {
          notices.push(notice as Notice);
          response.end();
        });
      }),
    );
    const route = { receiver: "sink", group_by: ["alertname"], group_wait: "1s", group_interval: "2s" };
    const receivers = [{ name: "sink", webhook_configs: [{ url: urlOf(sink), send_resolved: true }] }];
    alertmanager = await startAlertmanager({ folder: join(folder.path, "am"), settings: { route, receivers } });
    footfall = await startApp("standalone", join(folder.path, "storage"), {
      FOOTFALL_STANDALONE_AGENT_CONFIG_FILE: await written("agent.yml", {
        scrape: [{ job: "cart", url: `${urlOf(service)}/metrics`, intervalSeconds: 2 }],
      }),
      FOOTFALL_STANDALONE_RULES_FILE: await written("rules.yml", {
        groups: [{ name: "cart", interval: "10s", rules: [loadRule] }],
      }),
      FOOTFALL_STANDALONE_NOTICES_FILE: await written("notices.yml", {
        route: { receiver: "nobody" },
        alertmanagers: [alertmanager.url],
      }),
    });
    const target = new URL(footfall.operatorUrl).host;
    prometheus = await startPrometheus({
      folder: join(folder.path, "prometheus"),
      settings: {
        scrape_configs: [{ job_name: "footfall", scrape_interval: "1s", static_configs: [{ targets: [target] }] }],
      },
    });
  });
  const written = async (name: string, value: object): Promise<string> => {
    const path = join(folder.path, name);
    await writeFile(path, JSON.stringify(value));
    return path;
  };
  afterAll(async () => {
    await footfall?.kill();
    await Promise.all([prometheus?.stop(), alertmanager?.stop()]);
    for (const server of [service, sink]) {
      server?.closeAllConnections();
      server?.close();
    }
    await folder?.remove();
  });

  it("Prometheus scrapes what the page of metrics says", async () => {
    const visit = { name: "page_view", visitorId: "v1", sessionId: "s1", occurredAtMs: Date.now() };
    const events = [1, 2, 3].map((seq) => ({ ...visit, eventId: crypto.randomUUID(), seq }));
    const answer = await fetch(`${footfall.url}/v1/events`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ key: "demo", sentAtMs: Date.now(), events }),
    });
    expect(await answer.json()).toMatchObject({ receipts: events.map(() => ({ status: "accepted" })) });
    expect(await valueOf("up")).toBe(1);
    const accepted = 'footfall_collector_events_total{status="accepted"}';
    await waitFor(async () => (await valueOf(`sum(${accepted})`)) === 3, patient);
    const page = await (await fetch(`${footfall.operatorUrl}/metrics`)).text();
    const lines = page.split("\n").filter((line) => /^footfall_collector_events_total\{.*status="accepted"/.test(line));
    expect(lines.map((line) => Number(line.split(" ").at(-1))).reduce((sum, value) => sum + value, 0)).toBe(3);
  });

  it("Alertmanager is told what fires, again after it was started anew, and what is over", async () => {
    load = 50;
    const alert = await waitFor(async () => (await activeAlerts())[0], patient);
    expect(alert).toMatchObject({
      labels: { alertname: "LoadHigh", job: "cart", severity: "warning" },
      annotations: { summary: "cart is at 50" },
      generatorURL: `${footfall.operatorUrl}/alerts`,
    });
    expect(Math.abs(Date.now() - Date.parse(alert.startsAt))).toBeLessThan(patient.deadlineMs);
    await waitFor(() => notices.some(({ status }) => status === "firing"), patient);

    await alertmanager.restart();
    const again = await waitFor(async () => (await activeAlerts())[0], patient);
    expect(again).toMatchObject({ labels: alert.labels, startsAt: alert.startsAt });

    load = 1;
    await waitFor(() => notices.at(-1)?.status === "resolved", patient);
    await waitFor(async () => (await activeAlerts()).length === 0, patient);
    const [over, ...others] = notices.at(-1)!.alerts;
    expect(others).toEqual([]);
    expect(over!.labels).toEqual(alert.labels);
    expect(Date.parse(over!.startsAt)).toBe(Date.parse(alert.startsAt));
  });

  it("Prometheus loads the rules of deploy/, and judges them", async () => {
    const judging = await startPrometheus({
      folder: join(folder.path, "judging"),
      settings: { global: { evaluation_interval: "1s" }, rule_files: [resolve("deploy/prometheus/rules.yml")] },
    });
    try {
      const groups = await waitFor(async () => {
        const { data } = (await (await fetch(`${judging.url}/api/v1/rules`)).json()) as {
          data: { groups: { rules: { name: string; health: string }[] }[] };
        };
        const rules = data.groups.flatMap(({ rules: each }) => each);
        return rules.length > 0 && rules.every(({ health }) => health !== "unknown") ? rules : undefined;
      }, patient);
      expect(groups.filter(({ health }) => health !== "ok")).toEqual([]);
      expect(groups.length).toBeGreaterThan(10);
    } finally {
      await judging.stop();
    }
  });

  async function activeAlerts(): Promise<Alert[]> {
    return (await (await fetch(`${alertmanager.url}/api/v2/alerts`)).json()) as Alert[];
  }

  /** The one value that a PromQL query gives, waited for. */
  function valueOf(query: string): Promise<number> {
    return waitFor(async () => {
      const response = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`);
      const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
      return data.result.length === 1 ? Number(data.result[0]!.value[1]) : undefined;
    }, patient);
  }
});

async function listening(server: Server): Promise<Server> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
