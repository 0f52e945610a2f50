import { manualClock, type ManualClock } from "@footfall/base";
import { type Lake, openLake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { type MetricSample, type MetricScrape, metricsTopic } from "@footfall/metrics";
import { createLogger, Registry, type Service } from "@footfall/runtime";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { createMonitor, type MonitorOptions } from "../src/create-monitor.ts";

/** Start of an hour, so of a minute and a window too. */
export const startMs = Date.UTC(2026, 10, 23, 9, 0, 0);

export interface MonitorFixture {
  readonly folder: string;
  readonly log: EventLog;
  readonly lake: Lake;
  readonly clock: ManualClock;
  send(...scrapes: readonly (MetricScrape | string)[]): Promise<void>;
  start(options?: Partial<MonitorOptions>): Promise<Service>;
  /** Lets time pass until all windows that end at or before a time have closed. */
  closedUntil(timeMs: number): Promise<void>;
  close(): Promise<void>;
}

/** A scrape of one target, so many ms after the start. */
export function scrape(
  afterMs: number,
  fields: Partial<MetricScrape> & { readonly values?: object } = {},
): MetricScrape {
  const { values = {}, ...others } = fields;
  const samples = Object.entries(values).map(([name, value]): MetricSample => ({
    name,
    kind: name.endsWith("_total") ? "counter" : "gauge",
    labels: {},
    value: value as number,
  }));
  return {
    tenant: "default",
    job: "shop",
    instance: "a:1",
    sampledAtMs: startMs + afterMs,
    isUp: true,
    samples,
    ...others,
  };
}

/** A log and a lake in a folder of their own, on a clock that stands still but while windows are waited for. */
export async function openMonitorFixture({ partitions = 2, waitStepMs = 1_000 } = {}): Promise<MonitorFixture> {
  const folder = await temporaryFolder();
  const clock = manualClock(startMs);
  const log = await openEmbeddedLog({ folder: `${folder.path}/log`, sessionTimeoutMs: 500 });
  const lake = await openLake({ root: `${folder.path}/tables`, clock: clock.now, threads: 1 });
  await log.createTopic({ name: metricsTopic, partitions });
  const running: Service[] = [];
  return {
    folder: folder.path,
    log,
    lake,
    clock,
    async send(...scrapes) {
      await log.append(
        metricsTopic,
        scrapes.map((each) =>
          typeof each === "string"
            ? { key: null, value: Buffer.from(each) }
            : { key: each.instance, value: Buffer.from(JSON.stringify(each)) },
        ),
      );
    },
    async start(options = {}) {
      const service = await createMonitor({
        log,
        lake,
        clock: clock.now,
        logger: createLogger({ name: "monitor", level: process.env["TEST_LOG_LEVEL"] ?? "silent" }),
        registry: new Registry(),
        commitIntervalMs: 5,
        deriveIntervalMs: 5,
        outOfOrderMs: 5_000,
        idleTimeoutMs: 20_000,
        ...options,
      });
      running.push(service);
      return service;
    },
    async closedUntil(timeMs) {
      await waitFor(
        async () => {
          clock.advance(waitStepMs);
          if (!(await lake.tableNames()).includes("metric_windows")) return false;
          const { progress } = await (await lake.existingTable("metric_windows")).snapshot();
          return Number(progress.get("watermark") ?? 0n) >= timeMs;
        },
        { deadlineMs: 20_000, what: `windows until ${new Date(timeMs).toISOString()}` },
      );
    },
    async close() {
      for (const service of running) await service.stop();
      await lake.close();
      await log.close();
      await folder.remove();
    },
  };
}
