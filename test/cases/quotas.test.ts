import { gzipSync } from "node:zlib";
import type { TenantId } from "@footfall/base";
import { topics } from "@footfall/events";
import type { WriteKey } from "@footfall/runtime";
import { afterEach, expect, it } from "vitest";
import {
  clickEvent,
  pageOrigin,
  type RunningCollector,
  type StartOptions,
  startCollector,
} from "../../apps/collector/test/running-collector.ts";
import { showCase } from "./cases-report.ts";

let collector: RunningCollector;
const lines: string[] = [];
async function start(options: StartOptions = {}): Promise<void> {
  lines.length = 0;
  collector = await startCollector({ ...options, onLogLine: (line) => lines.push(line) });
}
afterEach(() => collector.close());

const clicks = (count: number) => Array.from({ length: count }, () => clickEvent());
const sendAs = (key: string, count: number, headers: Record<string, string> = {}) =>
  collector.post(JSON.stringify({ events: clicks(count) }), { "X-Footfall-Key": key, ...headers });
const bytesKept = () => JSON.stringify(collector.log.values(topics.rejected)).length;

/** The sum over its labels. */
async function metric(name: string): Promise<number> {
  const found = (await collector.registry.metrics()).split("\n").filter((line) => line.startsWith(`${name}{`));
  return found.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

/** One event a second, 30 at once. */
const slow = { keyEventsPerSecondMax: 1 };

it("bounds what small packed bodies of nonsense leave behind, and how many of them come in", async () => {
  await start();
  const nonsense = Array.from({ length: 100 }, () => ({ name: "x".repeat(40_000) }));
  const body = gzipSync(JSON.stringify({ events: nonsense }));
  expect(body.length).toBeLessThan(6_000);
  const headers = { "X-Footfall-Key": "open", "Content-Encoding": "gzip" };
  let refused = 0;
  let rejected = 0;
  for (let count = 0; count < 40; count += 1) {
    const answer = await collector.post(body, headers);
    refused += answer.status === 429 ? 1 : 0;
    rejected += answer.receipts.filter(({ status }) => status === "rejected").length;
  }
  expect([refused, rejected]).toEqual([8, 3_200]);
  expect(await metric("footfall_collector_quota_refusals_total")).toBe(refused);
  const kept = collector.log.values(topics.rejected).length;
  expect(await metric("footfall_collector_rejects_not_kept_total")).toBe(rejected - kept);
  expect(bytesKept()).toBeLessThan(60 * 256 * 1_024 + 50_000);
  expect(lines.filter((line) => line.includes("not all of it is kept"))).toHaveLength(1);
  collector.clock.advance(60_000);
  await collector.post(JSON.stringify({ events: [{}] }), { "X-Footfall-Key": "open" });
  expect(collector.log.values(topics.rejected)).toHaveLength(kept + 1);
  expect(lines.filter((line) => line.includes("kept again"))).toHaveLength(1);
  await showCase("6 kB of gzip that unpack to 4 MB of nonsense, 40 times", "15 MiB kept, the rest counted; then 429");
});

it("answers a page key's flood 429, which pages may read, and takes other keys' events", async () => {
  await start({ bounds: slow });
  expect((await sendAs("page", 31, { Origin: pageOrigin })).status).toBe(200);
  const answer = await sendAs("page", 1, { Origin: pageOrigin });
  expect([answer.status, answer.code]).toEqual([429, "EVENT_QUOTA_EXCEEDED"]);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.headers.get("access-control-allow-origin")).toBe(pageOrigin);
  for (const key of ["open", "other", "past"]) expect((await sendAs(key, 1)).receipts).toHaveLength(1);
  expect(collector.log.values(topics.clicks)).toHaveLength(34);
  await showCase("a flood by one page key", "429; other keys' events are taken");
});

it("takes the same batch after Retry-After, wherever the key stands", async () => {
  await start({ bounds: slow });
  await collector.send(clicks(35));
  for (const _again of [1, 2, 3]) {
    const events = clicks(35);
    const refused = await collector.send(events);
    const retryAfterSeconds = Number(refused.headers.get("retry-after"));
    expect(refused.status).toBe(429);
    collector.clock.advance(retryAfterSeconds * 1_000);
    expect((await collector.send(events)).receipts.map(({ status }) => status)).toEqual(events.map(() => "accepted"));
  }
  await showCase("a refused batch, again after Retry-After", "taken whole");
});

it("takes a batch larger than the burst, and waits for it to be paid back", async () => {
  await start({ bounds: slow });
  expect((await sendAs("open", 100)).receipts).toHaveLength(100);
  const retryAfterSeconds = Number((await sendAs("open", 1)).headers.get("retry-after"));
  expect(retryAfterSeconds).toBeGreaterThan(70);
  expect(retryAfterSeconds).toBeLessThan(75);
  await showCase("a batch larger than the burst", "taken; 429 until it is paid back");
});

it("bounds bytes too: before the body is read, and of bodies that are no batch", async () => {
  await start({ bounds: { keyBytesPerSecondMax: 10 } });
  const key = { "X-Footfall-Key": "open" };
  expect((await collector.post("{".repeat(400), key)).status).toBe(400);
  expect((await collector.post("{", key)).status).toBe(429);
  expect((await collector.post('{"key":"open",')).status).toBe(429);
  expect((await collector.send(clicks(1))).status).toBe(429);
  expect(collector.log.values(topics.rejected)).toHaveLength(1);
  await showCase("bodies that are no batch, past the bytes of the key", "429");
});

it("limits a server's key only where its entry says so, and a page's key as its entry says", async () => {
  const key = (name: string, more: Partial<WriteKey>): [string, WriteKey] => [
    name,
    { key: name, tenant: "shop" as TenantId, origins: [], isHistoric: false, ...more },
  ];
  const keys = new Map([
    key("server", {}),
    key("historic", { isHistoric: true, origins: ["*"] }),
    key("bounded", { eventsPerSecondMax: 1, rejectedBytesPerSecondMax: 1 }),
    key("free", { origins: ["*"], eventsPerSecondMax: 0 }),
  ]);
  await start({ keys, bounds: { ...slow, keyRejectedBytesPerSecondMax: 1 } });
  const outcomes: Record<string, number[]> = {};
  for (const name of keys.keys()) {
    const before = collector.log.values(topics.rejected).length;
    for (let nonsense = 0; nonsense < 3; nonsense += 1) {
      await collector.post(JSON.stringify({ events: [{}] }), { "X-Footfall-Key": name });
    }
    const kept = collector.log.values(topics.rejected).length - before;
    await sendAs(name, 31);
    outcomes[name] = [(await sendAs(name, 1)).status, kept];
  }
  expect(outcomes).toEqual({ server: [200, 3], historic: [200, 3], bounded: [429, 1], free: [200, 1] });
  await showCase("a server's key", "unlimited but for its own entry in the file of keys");
});
