import { readFile, writeFile } from "node:fs/promises";
import { Registry, type Service } from "@footfall/runtime";
import { waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type MonitorFixture, openMonitorFixture, scrape, startMs } from "../monitor-fixture.ts";
import { type FakeReceiver, inOrderOnly, startFakeReceiver } from "./fake-receiver.ts";

const patient = { deadlineMs: 25_000 };
let monitor: MonitorFixture;
let receiver: FakeReceiver;
let registry: Registry;

beforeEach(async () => {
  monitor = await openMonitorFixture();
  receiver = await startFakeReceiver();
  registry = new Registry();
});
afterEach(async () => {
  await monitor.close();
  await receiver.stop();
});

function start(authorization?: string): Promise<Service> {
  registry = new Registry();
  const target = { url: receiver.url, authorization };
  return monitor.start({ registry, remoteWrite: { target, folder: monitor.folder, tenant: "default" } });
}

async function counted(name: string, labels: Record<string, string> = {}): Promise<number> {
  const { values } = (await registry.getSingleMetric(`footfall_monitor_remote_write_${name}`)!.get()) as {
    values: { value: number; labels: Record<string, string> }[];
  };
  const wanted = Object.entries(labels);
  return values
    .filter((each) => wanted.every(([label, value]) => each.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

const sent = (count: number) =>
  waitFor(async () => (await counted("samples_total", { result: "sent" })) >= count, patient);

/** So many scrapes of each of three targets, each of two samples and `up`. */
function scrapes(from: number, count: number) {
  return Array.from({ length: count * 3 }, (_, index) => {
    const at = from + Math.floor(index / 3);
    return scrape(at * 1_000, { instance: `host-${index % 3}:1`, values: { load: at, hits_total: at * 2 } });
  });
}

function expectOnce(scrapeCount: number): void {
  const keys = receiver.taken.map(({ series, timeMs }) => `${series} ${timeMs}`);
  expect(new Set(keys).size).toBe(scrapeCount * 9);
  for (const { series, timeMs, value } of receiver.taken) {
    const at = (timeMs - startMs) / 1_000;
    expect(value).toBe(series.includes("load") ? at : series.includes("hits") ? at * 2 : 1);
  }
}

test("samples arrive, each once, also where the monitor was stopped meanwhile", async () => {
  const first = await start("Bearer secret");
  await monitor.send(...scrapes(0, 10));
  await sent(90);
  await first.stop();
  await monitor.send(...scrapes(10, 10));
  await start("Bearer secret");
  await sent(90);
  expect(receiver.taken).toHaveLength(180);
  expectOnce(20);
  expect(receiver.requests[0]!.headers).toMatchObject({
    authorization: "Bearer secret",
    "content-encoding": "snappy",
    "content-type": "application/x-protobuf",
    "x-prometheus-remote-write-version": "0.1.0",
  });
  await waitFor(async () => (await counted("lag_seconds")) === 0, patient);
  expect(await counted("last_success_seconds")).toBe(startMs / 1_000);
});

test("a backlog goes in bounded requests, in order of time", async () => {
  const values = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`m${index}`, index]));
  for (let at = 0; at < 10; at += 1) await monitor.send(scrape(at * 1_000, { values }));
  receiver.judge(inOrderOnly());
  await start();
  await sent(20_010);
  expect(receiver.taken).toHaveLength(20_010);
  expect(receiver.requests.length).toBeLessThan(12);
  for (const { samples, bytes } of receiver.requests) {
    expect(samples.length).toBeLessThanOrEqual(5_000);
    expect(bytes).toBeLessThanOrEqual(1_048_576);
  }
});

test.each([
  ["overloaded", { status: 429, headers: { "Retry-After": "1" } }],
  ["server", { status: 503, text: "starting" }],
  ["setting", { status: 401, text: "who are you" }],
  ["setting", { status: 404 }],
  ["setting", { status: 308, headers: { Location: "http://elsewhere" } }],
])("an answer that may pass (%s, %j) loses nothing", async (reason, verdict) => {
  receiver.judge(() => verdict);
  const service = await start();
  await monitor.send(...scrapes(0, 5));
  monitor.clock.advance(100_000);
  await waitFor(() => counted("errors_total", { reason }), patient);
  const failedAtMs = performance.now();
  expect(service.warnings!()[0]?.message).toContain(receiver.url);
  expect(
    service
      .health()
      .map(({ message }) => message)
      .join(),
  ).not.toContain("remote write");
  expect(await counted("lag_seconds")).toBeGreaterThanOrEqual(96);
  expect(receiver.taken).toEqual([]);
  receiver.judge(() => ({ status: 204 }));
  await sent(45);
  expectOnce(5);
  // Timers may fire a little early.
  if (verdict.status === 429) expect(performance.now() - failedAtMs).toBeGreaterThan(950);
  await waitFor(() => service.warnings!().length === 0, patient);
});

test("a receiver that is away gets all when it is back", async () => {
  await start();
  await monitor.send(...scrapes(0, 5));
  await sent(45);
  await receiver.stop();
  await monitor.send(...scrapes(5, 5));
  await waitFor(() => counted("errors_total", { reason: "network" }), patient);
  await receiver.start();
  await sent(90);
  expectOnce(10);
});

test("what a receiver refuses takes nothing with it", async () => {
  // The second target's are too old, and one series of the third has another value there.
  receiver.judge(({ samples }) => {
    if (samples.some(({ series }) => series.includes("host-1"))) return { status: 500, text: "too old sample" };
    const isTwice = samples.some(({ series }) => series.includes("host-2") && series.includes("load"));
    return isTwice ? { status: 400, text: "duplicate sample for timestamp" } : { status: 204 };
  });
  await start();
  await monitor.send(...scrapes(0, 10));
  await waitFor(async () => (await counted("samples_total", { result: "refused" })) === 40, patient);
  await sent(50);
  const series = new Set(receiver.taken.map((each) => each.series));
  expect(series.size).toBe(5);
  expect(receiver.taken).toHaveLength(50);
});

test("what the log holds twice, or is sent again after its progress was lost, keeps out nothing new", async () => {
  receiver.judge(inOrderOnly());
  const first = await start();
  await monitor.send(...scrapes(0, 5), ...scrapes(3, 2), "no scrape");
  await sent(45);
  await first.stop();
  const file = `${monitor.folder}/remote-write.json`;
  expect(JSON.parse(await readFile(file, "utf8"))).toHaveProperty("progress.metrics-0");
  await writeFile(file, '{"progress": {"metrics-0": "x"');
  await monitor.send(...scrapes(5, 5));
  await start();
  await waitFor(() => receiver.taken.some(({ timeMs }) => timeMs === startMs + 9_000), patient);
  await waitFor(async () => (await counted("lag_seconds")) === 0, patient);
  expectOnce(10);
});

test("another log in the place of the one that was read is sent from its start", async () => {
  const first = await start();
  await monitor.send(...scrapes(0, 5));
  await sent(45);
  await first.stop();
  const file = `${monitor.folder}/remote-write.json`;
  const { progress } = JSON.parse(await readFile(file, "utf8")) as { progress: Record<string, string> };
  const moved = Object.entries(progress).map(([id, text]) => [id, id.endsWith("record") ? text : `${text}0`]);
  await writeFile(file, JSON.stringify({ progress: Object.fromEntries(moved) }));
  await monitor.send(...scrapes(5, 5));
  await start();
  await sent(90);
  expectOnce(10);
});

test("a sample of next year is not the last that the receiver takes", async () => {
  await start();
  await monitor.send(scrape(365 * 86_400_000, { values: { load: 1 } }), ...scrapes(0, 1));
  await sent(9);
  expect(await counted("samples_total", { result: "ahead" })).toBe(2);
  expectOnce(1);
});
