import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createLogger } from "@footfall/runtime";
import { lineReader } from "@footfall/service-logs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { AgentFile } from "../../apps/agent/src/agent-file.ts";
import { type AppProcess, startApp } from "../app-process.ts";
import { type KafkaShop, startKafkaShop } from "../faults/kafka-shop.ts";
import { canRunKafka } from "./kafka-or-skip.ts";
import { type ProxiedKafka, startProxiedKafka } from "./proxied-kafka.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(`${root}/${path}`, "utf8");

interface Service {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: object;
  readonly profiles?: readonly string[];
  readonly logging?: { readonly driver: string };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
}

// YAML 1.1 knows the merge key `<<`, as compose does.
const compose = parse(read("docker-compose.yml"), { merge: true }) as Compose;
const services = Object.entries(compose.services);

it("has the docs in its image, to which alerts lead", () => {
  expect(read(".dockerignore").split("\n")).not.toContain("docs");
});

it("leads whoever opens the console, or a notice, to the monitor's pages", () => {
  const { environment: ofConsole, ports } = compose.services["console"]!;
  expect(ofConsole).toMatchObject({ FOOTFALL_CONSOLE_MONITOR_URL: "http://monitor:8097" });
  expect(ports).toEqual(["127.0.0.1:8098:8098"]);
  const { environment: ofMonitor } = compose.services["monitor"]!;
  expect(ofMonitor).toMatchObject({ FOOTFALL_MONITOR_EXTERNAL_URL: "http://localhost:8098" });
});

it("runs standalone alone: without a profile it is left out, and with it nothing else starts or shares its data", () => {
  const { standalone, ...others } = compose.services;
  expect(standalone).toMatchObject({ profiles: ["standalone"] });
  expect(standalone!.depends_on).toBeUndefined();
  const volumeOf = (volume: string) => volume.split(":")[0];
  const shared = new Set(Object.values(others).flatMap(({ volumes = [] }) => volumes.map(volumeOf)));
  expect(standalone!.volumes!.map(volumeOf).filter((volume) => shared.has(volume))).toEqual([]);
});

it("counts as down what has a profile of its own only where it ran", () => {
  const { scrape = [] } = parse(read("deploy/agent.yml")) as AgentFile;
  const optional = scrape.filter(({ optional: isOptional }) => isOptional).map(({ job }) => job);
  const inProfiles = services.filter(([name, { profiles }]) => profiles && name !== "standalone").map(([name]) => name);
  expect(optional).toEqual(inProfiles);
});

describe("deploy/agent.yml", () => {
  const agentFile = parse(read("deploy/agent.yml")) as AgentFile;

  it("reads an app's lines as those of the service that is the job of its metrics", () => {
    const { format } = agentFile.logs!.find(({ paths }) => paths.some((path) => path.includes("docker/containers")))!;
    const readLine = lineReader({ format: format! });
    const jobs = agentFile.scrape!.map(({ job }) => job);
    expect(jobs.length).toBeGreaterThan(6);
    for (const job of jobs) {
      const name = /startApp\(\s*"(\w+)"/.exec(read(`apps/${job}/src/main.ts`))![1]!;
      let written = "";
      createLogger({ name, level: "info", destination: { write: (line) => (written += line) } }).info("listening");
      const packed = JSON.stringify({ log: written, stream: "stdout", time: "2026-11-29T12:00:00.123456789Z" });
      expect(readLine(packed, 0)).toMatchObject({ service: job, body: "listening" });
    }
  });

  it("finds its files among the agent's volumes, and not its own lines", () => {
    const { volumes = [], logging } = compose.services["agent"]!;
    const mounted = volumes.map((volume) => volume.split(":")[1]!);
    const folders = agentFile.logs!.flatMap(({ paths }) =>
      paths.map((path) => path.slice(0, path.search(/\/[^/]*\*/))),
    );
    expect(folders.filter((folder) => !mounted.includes(folder))).toEqual([]);
    expect(logging!.driver).not.toBe("json-file");
    const others = services.filter(
      ([name, { command = [] }]) => name !== "agent" && command.join(" ").includes("apps/"),
    );
    for (const [, service] of others) expect(service.logging!.driver).toBe("json-file");
  });
});

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const { groups } = parse(read("deploy/prometheus/rules.yml")) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap(({ rules: each }) => each);

describe("deploy/prometheus/rules.yml", () => {
  it("says of each alert how severe it is, what it is, and where the runbook has it", () => {
    const runbook = read("docs/runbook/README.md");
    for (const { alert, labels, annotations } of rules) {
      expect(["critical", "warning"]).toContain(labels["severity"]);
      expect(Object.keys(annotations).sort()).toEqual(["description", "runbook_url", "summary"]);
      expect(existsSync(`${root}/${annotations["runbook_url"]}`)).toBe(true);
      expect(runbook).toContain(`\`${alert}\``);
    }
  });

  it("tests each alert, firing and not", () => {
    const { tests } = parse(read("deploy/prometheus/rules.test.yml")) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts?: object[] }[] }[];
    };
    const cases = tests.flatMap(({ alert_rule_test: each }) => each);
    for (const { alert } of rules) {
      const [firing, quiet] = [true, false].map((isFiring) =>
        cases.some((each) => each.alertname === alert && (each.exp_alerts !== undefined) === isFiring),
      );
      expect({ alert, firing, quiet }).toEqual({ alert, firing: true, quiet: true });
    }
  });

  it("is mounted where Prometheus looks for it", () => {
    expect(compose.services["prometheus"]!.volumes).toContain("./deploy/prometheus:/etc/prometheus:ro");
  });
});

describe.runIf(canRunKafka())("what Prometheus and Grafana ask for", () => {
  let kafka: ProxiedKafka;
  let shop: KafkaShop;
  let trainer: AppProcess;
  let exported: ReadonlySet<string>;
  beforeAll(async () => {
    kafka = await startProxiedKafka();
    shop = await startKafkaShop({ brokers: kafka.directBrokers() });
    trainer = await startApp("trainer", shop.storageDir, {});
    const apps = [...(["collector", "aggregator", "recommender"] as const).map((app) => shop.process(app)), trainer];
    const pages = await Promise.all(
      apps.map(async ({ operatorUrl }) => (await fetch(`${operatorUrl}/metrics`)).text()),
    );
    exported = new Set(
      [...pages.join("\n").matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name, type]) =>
        type === "histogram" ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name!],
      ),
    );
  }, 180_000);
  afterAll(async () => {
    await trainer?.kill();
    await shop?.stop();
    await kafka?.stop();
  });

  const metricsIn = (expressions: readonly string[]): string[] =>
    expressions.flatMap((expr) => expr.match(/\b(footfall|process|nodejs)_\w+/g) ?? []);

  it.each([
    ["footfall", 40],
    ["shop", 15],
  ])("running apps export every metric of dashboard %s", (name, least) => {
    const { panels } = JSON.parse(read(`deploy/grafana/dashboards/${name}.json`)) as {
      panels: { id: number; type: string; targets?: { expr: string }[] }[];
    };
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    // A row is a heading over panels; each panel asks for something. `up` and `ALERTS` are Prometheus' own.
    const plots = panels.filter(({ type }) => type !== "row");
    expect(plots.filter(({ targets = [] }) => targets.length === 0)).toEqual([]);
    const shown = metricsIn(plots.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)));
    expect(shown.length).toBeGreaterThan(least);
    expect(shown.filter((metric) => !exported.has(metric))).toEqual([]);
  });

  it("running apps export every metric that alerts are about", () => {
    const judged = metricsIn(rules.map(({ expr }) => expr));
    expect(judged.length).toBeGreaterThan(15);
    const others = judged.filter((metric) => !exported.has(metric));
    // No database is captured here.
    const capture = read("apps/cdc/src/cdc-metrics.ts");
    expect(others.filter((metric) => !capture.includes(`"${metric}"`))).toEqual([]);
  });
});
