import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AppError } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import type { MetricScrape } from "@footfall/metrics";
import { createLogger, createMetricsRegistry } from "@footfall/runtime";
import { waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { hostSamples } from "../../src/metrics/host-samples.ts";
import { keepScraping } from "../../src/metrics/keep-scraping.ts";
import { scrapeTarget } from "../../src/metrics/scrape-target.ts";

const patience = { deadlineMs: 30_000 };
const registry = createMetricsRegistry();
let server: Server;
let url: string;
let answer: () => Promise<{ readonly status?: number; readonly body: string }>;

beforeEach(async () => {
  answer = async () => ({ body: await registry.metrics() });
  server = createServer((_request, response) => {
    void answer().then(({ status = 200, body }) =>
      response.writeHead(status, { "Content-Type": registry.contentType }).end(body),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function startScraping(append?: EventLog["append"], isOptional = false) {
  const scrapes: MetricScrape[] = [];
  const keys = new Set<string | null>();
  let nowMs = Date.UTC(2026, 10, 29);
  const store: EventLog["append"] = async (_topic, records) => {
    for (const { key, value } of records) {
      keys.add(key);
      scrapes.push(JSON.parse(Buffer.from(value!).toString()) as MetricScrape);
    }
    return [];
  };
  const scraping = keepScraping({
    log: { append: append ?? store },
    tenant: "default",
    job: "shop",
    instance: "shop-1",
    intervalMs: 20,
    isOptional,
    scrape: (timeoutMs) => scrapeTarget(url, Math.max(timeoutMs, 5_000)),
    clock: () => nowMs,
    logger: createLogger({ name: "test", level: "silent" }),
    onError: () => {},
    onScraped: () => {},
  });
  onTestFinished(() => scraping.stop());
  return { scrapes, keys, scraping, store, setClock: (ms: number) => (nowMs = ms) };
}

describe("scraping", () => {
  it("tells that an optional target is down only after it has answered once", async () => {
    let asked = 0;
    answer = async () => ((asked += 1), { status: asked === 4 ? 200 : 503, body: "requests_total 1\n" });
    const { scrapes } = startScraping(undefined, true);
    await waitFor(() => scrapes.length >= 2, patience);
    expect(scrapes.slice(0, 2).map(({ isUp }) => isUp)).toEqual([true, false]);
    expect(asked).toBeGreaterThanOrEqual(5);
  });

  it("brings what a target says of itself into the topic", async () => {
    const { scrapes, keys } = startScraping();
    await waitFor(() => scrapes.length >= 2, patience);
    const [first] = scrapes;
    expect(first).toMatchObject({ tenant: "default", job: "shop", instance: "shop-1", isUp: true });
    expect(first!.samples.find(({ name }) => name === "process_cpu_seconds_total")).toMatchObject({ kind: "counter" });
    expect([...keys]).toEqual(["shop-1"]);
  });

  it("says that a target is down, whatever it does instead of answering", async () => {
    const { scrapes } = startScraping();
    answer = async () => ({ status: 500, body: "a 1\n" });
    await waitFor(() => scrapes.at(-1)?.isUp === false, patience);
    expect(scrapes.at(-1)!.samples).toEqual([]);
    answer = async () => ({ body: "up_again 1\n" });
    await waitFor(() => scrapes.at(-1)?.samples[0]?.name === "up_again", patience);
    server.closeAllConnections();
    server.close();
    await waitFor(() => scrapes.at(-1)?.isUp === false, patience);
  });

  it("never gives two scrapes of a target one time, though the clock stands or goes back", async () => {
    const { scrapes, setClock } = startScraping();
    await waitFor(() => scrapes.length >= 3, patience);
    setClock(Date.UTC(2026, 10, 28));
    const before = scrapes.length;
    await waitFor(() => scrapes.length >= before + 3, patience);
    const times = scrapes.map(({ sampledAtMs }) => sampledAtMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).toBe(times.length);
  });

  it("parts what would be too large for a record", async () => {
    const body = Array.from({ length: 5_000 }, (_, at) => `series{id="${at}"} ${at}\n`).join("");
    answer = async () => ({ body });
    const { scrapes } = startScraping();
    await waitFor(() => scrapes.length >= 3, patience);
    expect(scrapes.slice(0, 3).map(({ samples }) => samples.length)).toEqual([2_000, 2_000, 1_000]);
    expect(scrapes[1]!.sampledAtMs).toBe(scrapes[0]!.sampledAtMs);
  });

  it("tells that the log is away, and goes on when it is back", async () => {
    let isAway = true;
    const stored: number[] = [];
    const { scraping } = startScraping(async (_topic, records) => {
      if (isAway) throw new AppError("LOG_UNAVAILABLE", "away", { retriable: true });
      stored.push(records.length);
      return [];
    });
    await waitFor(() => scraping.problem?.code === "LOG_UNAVAILABLE", patience);
    isAway = false;
    await waitFor(() => stored.length > 0 && scraping.problem === undefined, patience);
  });
});

it("samples the host it runs on", async () => {
  const samples = await hostSamples();
  const valueOf = (wanted: string): number => Number(samples.find(({ name }) => name === wanted)?.value);
  expect(valueOf("node_memory_MemTotal_bytes")).toBeGreaterThan(valueOf("node_memory_MemAvailable_bytes"));
  expect(valueOf("node_filesystem_size_bytes")).toBeGreaterThan(0);
  expect(samples.filter(({ name }) => name === "node_cpu_seconds_total").map(({ labels }) => labels["mode"])).toContain(
    "system",
  );
});
