import { join } from "node:path";
import { seededRandom } from "@footfall/base";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { type MetricSample, type MetricScrape, metricsTopic } from "@footfall/metrics";
import { storageFolders } from "@footfall/runtime";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { type PrometheusServer, startPrometheus } from "@footfall/testkit/prometheus";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AppProcess, startApp } from "../app-process.ts";
import { canRunPrometheus } from "./prometheus-or-skip.ts";

const patient = { deadlineMs: 120_000, intervalMs: 200 };
const targets = 4;
/** A series each, beside `up`. */
const specials = {
  nan: "NaN",
  plus: "+Inf",
  minus: "-Inf",
  least: 5e-324,
  tenth: 0.1,
  big: 1.7976931348623157e308,
} as const;

type Values = Map<string, Map<number, string>>;

describe.runIf(canRunPrometheus())("remote write to Prometheus", () => {
  let folder: TemporaryFolder;
  let log: Awaited<ReturnType<typeof openEmbeddedLog>>;
  let prometheus: PrometheusServer;
  let monitor: AppProcess | undefined;
  let sent: Values;

  beforeEach(async () => {
    folder = await temporaryFolder();
    log = await openEmbeddedLog({ folder: storageFolders(join(folder.path, "storage")).log });
    await log.createTopic({ name: metricsTopic, partitions: 4 });
    sent = new Map();
  });
  afterEach(async () => {
    await monitor?.kill();
    await prometheus?.stop();
    await log?.close();
    await folder?.remove();
  });

  const startServer = async (settings: object) =>
    (prometheus = await startPrometheus({ folder: join(folder.path, "prometheus"), settings }));
  const startMonitor = async () =>
    (monitor = await startApp("monitor", join(folder.path, "storage"), {
      FOOTFALL_MONITOR_REMOTE_WRITE_URL: `${prometheus.url}/api/v1/write`,
      FOOTFALL_MONITOR_RULES_FILE: "",
    }));

  /** Appends a scrape of each target, and notes what Prometheus is to hold. */
  async function append(timeMs: number, number: number): Promise<void> {
    for (let target = 0; target < targets; target += 1) {
      const instance = `host-${target}:1`;
      const values: Record<string, MetricSample["value"]> = { ...specials, number: number + target / 10 };
      const samples = Object.entries(values).map(([name, value]): MetricSample => ({
        name,
        kind: "gauge",
        labels: { zone: 'a"b' },
        value,
      }));
      const scrape: MetricScrape = {
        tenant: "default",
        job: "shop",
        instance,
        sampledAtMs: timeMs,
        isUp: true,
        samples,
      };
      await log.append(metricsTopic, [{ key: instance, value: Buffer.from(JSON.stringify(scrape)) }]);
      for (const [name, value] of Object.entries({ ...values, up: 1 })) note(`${name} ${instance}`, timeMs, value);
    }
  }
  function note(series: string, timeMs: number, value: number | string): void {
    if (!sent.has(series)) sent.set(series, new Map());
    sent.get(series)!.set(timeMs, String(Number(String(value).replace("Inf", "Infinity"))));
  }

  /** All that Prometheus holds of the job, by its own query API. */
  async function held(): Promise<Values> {
    const query = new URLSearchParams({ query: '{job="shop"}[6h]', time: String(Date.now() / 1_000 + 5) });
    const response = await fetch(`${prometheus.url}/api/v1/query?${query.toString()}`);
    const { data } = (await response.json()) as {
      data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
    };
    return new Map(
      data.result.map(({ metric, values }) => [
        `${metric["__name__"]} ${metric["instance"]}`,
        new Map(
          values.map(([seconds, text]) => [
            Math.round(seconds * 1_000),
            String(Number(text.replace("Inf", "Infinity"))),
          ]),
        ),
      ]),
    );
  }
  const countOf = (values: Values): number => [...values.values()].reduce((sum, { size }) => sum + size, 0);
  async function expectAllHeld(): Promise<void> {
    const all = countOf(sent);
    await waitFor(async () => countOf(await held()) >= all, { ...patient, what: `${all} samples in Prometheus` });
    expect(await held()).toEqual(sent);
  }

  it("samples arrive as they are, NaN and infinite ones too, with their labels", async () => {
    await startServer({});
    await startMonitor();
    const startMs = Date.now() - 60_000;
    for (let i = 0; i < 20; i += 1) await append(startMs + i * 1_000, i);
    await expectAllHeld();
    const query = encodeURIComponent('number{instance="host-1:1"}');
    const response = await fetch(`${prometheus.url}/api/v1/query?query=${query}&time=${(startMs + 19_000) / 1_000}`);
    const { data } = (await response.json()) as { data: { result: { metric: object; value: [number, string] }[] } };
    expect(data.result).toMatchObject([
      {
        metric: { __name__: "number", job: "shop", instance: "host-1:1", zone: 'a"b' },
        value: [expect.anything(), "19.1"],
      },
    ]);
  });

  const windows = [
    ["without out_of_order_time_window", {}],
    ["with out_of_order_time_window", { storage: { tsdb: { out_of_order_time_window: "2h" } } }],
  ] as const;
  it.each(windows)("%s: Prometheus away, monitors killed, and every sample is there", async (_, settings) => {
    await startServer(settings);
    const random = seededRandom(5);
    let number = 0;
    let timeMs = Date.now() - 1_800_000;
    const flow = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) await append((timeMs += 1_000), (number += 1));
    };
    await startMonitor();
    await flow(50);
    await waitFor(async () => countOf(await held()) > 0, patient);
    await prometheus.stop();
    await flow(150);
    await waitFor(async () => (await metricOf("footfall_monitor_remote_write_errors_total")) > 0, patient);
    await prometheus.restart();
    await flow(50);
    for (let kill = 0; kill < 3; kill += 1) {
      const before = countOf(await held());
      await flow(100);
      await waitFor(async () => countOf(await held()) > before, { ...patient, intervalMs: Math.floor(random() * 40) });
      await monitor!.kill();
      await flow(20);
      await startMonitor();
    }
    await expectAllHeld();
  });

  it("a backlog of more than an hour needs out_of_order_time_window where Prometheus has newer samples", async () => {
    const nowMs = Date.now();
    for (let i = 0; i < 10; i += 1) await append(nowMs - 3 * 3_600_000 + i * 1_000, i);
    const old = countOf(sent);
    await startServer({ storage: { tsdb: { out_of_order_time_window: "4h" } } });
    for (let i = 0; i < 10; i += 1) await append(nowMs - 20_000 + i * 1_000, i);
    await startMonitor();
    await expectAllHeld();
    await monitor!.kill();
    await prometheus.stop();

    // The same without the window, in a Prometheus that has samples of now.
    await folder.remove();
    folder = await temporaryFolder();
    await log.close();
    log = await openEmbeddedLog({ folder: storageFolders(join(folder.path, "storage")).log });
    await log.createTopic({ name: metricsTopic, partitions: 4 });
    await startServer({});
    sent = new Map();
    await append(nowMs - 10_000, 0);
    await startMonitor();
    await expectAllHeld();
    const fresh = sent;
    for (let i = 0; i < 10; i += 1) await append(nowMs - 3 * 3_600_000 + i * 1_000, i);
    sent = fresh;
    const refused = () => metricOf('footfall_monitor_remote_write_samples_total{result="refused"}');
    await waitFor(async () => (await refused()) === old, patient);
    await append(nowMs - 5_000, 7);
    await waitFor(async () => (await held()).get("number host-0:1")?.get(nowMs - 5_000) === "7", patient);
    expect(countOf(await held())).toBe(2 * targets * 8);
  });

  /** Sum of the monitor's own series whose text begins so. */
  async function metricOf(start: string): Promise<number> {
    const page = await (await fetch(`${monitor!.operatorUrl}/metrics`)).text();
    const lines = page.split("\n").filter((line) => line.startsWith(start));
    return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  }
});
