import { AppError } from "@footfall/base";
import { topics } from "@footfall/events";
import { type EmbeddedLog, openEmbeddedLog } from "@footfall/log/embedded";
import { temporaryFolder, type TemporaryFolder, waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryLog } from "./memory-log.ts";
import { clickEvent, nowMs, type RunningCollector, startCollector, type StartOptions } from "./running-collector.ts";

const away = new AppError("LOG_UNAVAILABLE", "the broker is away", { retriable: true });
let folder: TemporaryFolder;
let spoolStore: EmbeddedLog;
let collector: RunningCollector;

beforeEach(async () => {
  folder = await temporaryFolder();
  spoolStore = await openEmbeddedLog({ folder: folder.path, clock: () => nowMs });
});
afterEach(async () => {
  await collector.close();
  await spoolStore.close();
  await folder.remove();
});

async function start(options: StartOptions = {}): Promise<void> {
  collector = await startCollector({ spoolStore, ...options, bounds: { slowAfterMs: 10_000, ...options.bounds } });
}

async function health(): Promise<{ status: number; text: string }> {
  const response = await fetch(`${collector.server.operatorUrl}/health`);
  return { status: response.status, text: await response.text() };
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${collector.server.operatorUrl}/metrics`)).text();
  return Number(new RegExp(`^footfall_collector_${name} (.*)$`, "m").exec(text)?.[1]);
}

const idsInLog = (): unknown[] =>
  collector.log.values(topics.clicks).map((envelope) => (envelope as { eventId: string }).eventId);

describe("a collector in front of a log that is away", () => {
  it("keeps answering, shows what waits, and forwards it in order", async () => {
    await start();
    const events = Array.from({ length: 6 }, (_, i) => clickEvent({ seq: i + 1 }));
    await collector.send([events[0]]);
    expect(await health()).toEqual({ status: 200, text: expect.not.stringContaining("spooling") as string });

    collector.log.failure = away;
    for (const event of events.slice(1, 4)) {
      const answer = await collector.send([event]);
      expect([answer.status, answer.receipts[0]?.status]).toEqual([200, "accepted"]);
    }
    expect((await collector.send([events[2]])).receipts[0]?.status).toBe("duplicate");
    collector.clock.advance(7_000);
    await waitFor(async () => (await metric("oldest_unforwarded_seconds")) === 7);
    expect(await metric("spool_bytes")).toBeGreaterThan(300);
    expect(await metric("spooled_records_total")).toBe(3);
    expect(await health()).toEqual({
      status: 200,
      text: expect.stringMatching(/warnings.*spooling since 2026-11-23.*7 s old.*the broker is away/) as string,
    });
    expect(await collector.isAlive()).toBe(true);

    collector.log.failure = undefined;
    await waitFor(async () => (await metric("spool_bytes")) === 0);
    for (const event of events.slice(4)) await collector.send([event]);
    expect(idsInLog()).toEqual(events.map(({ eventId }) => eventId));
    expect(await metric("forwarded_records_total")).toBe(3);
    expect(await metric("oldest_unforwarded_seconds")).toBe(0);
    await waitFor(async () => !(await health()).text.includes("spooling"));
  });

  it("answers while the log hangs, rejected events too", async () => {
    await start({ bounds: { slowAfterMs: 50 } });
    let open = (): void => {};
    collector.log.gate = new Promise((resolve) => (open = resolve));
    const [good, bad] = [clickEvent(), clickEvent({ name: "shout" })];
    const answer = await collector.send([good, bad]);
    expect(answer.receipts.map(({ status }) => status)).toEqual(["accepted", "rejected"]);
    expect(await metric("spooled_records_total")).toBe(2);
    open();
    collector.log.gate = undefined;
    await waitFor(async () => (await metric("spool_bytes")) === 0);
    expect(new Set(idsInLog())).toEqual(new Set([good.eventId]));
    expect(collector.log.values(topics.rejected).length).toBeGreaterThanOrEqual(1);
  });

  it("answers 503 with Retry-After past the bound, is not ready, and takes events again when some were forwarded", async () => {
    await start({ bounds: { spoolBytesMax: 2_000 } });
    collector.log.failure = away;
    let answer = await collector.send([clickEvent()]);
    for (let i = 0; answer.status === 200 && i < 50; i++) answer = await collector.send([clickEvent()]);
    expect([answer.status, answer.code]).toEqual([503, "LOG_UNAVAILABLE"]);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await metric("spool_bytes")).toBeLessThanOrEqual(2_000);
    // Longer than a single failure is shown: the spool is still full.
    collector.clock.advance(60_000);
    expect(await health()).toEqual({ status: 503, text: expect.stringContaining("The spool is full") as string });
    expect(await collector.isAlive()).toBe(true);
    collector.log.failure = undefined;
    await waitFor(async () => (await health()).status === 200);
    expect((await collector.send([clickEvent()])).status).toBe(200);
  });

  it("starts while the log is away, and forwards after a restart what it had spooled", async () => {
    const log = memoryLog();
    log.failure = away;
    await start({ log });
    const first = clickEvent();
    expect((await collector.send([first])).status).toBe(200);
    await collector.close();
    await start({ log });
    const second = clickEvent();
    expect((await collector.send([second])).status).toBe(200);
    log.failure = undefined;
    await waitFor(() => log.values(topics.clicks).length === 2);
    expect(idsInLog()).toEqual([first.eventId, second.eventId]);
  });

  it("is unready for a nearly full disk only while it needs it", async () => {
    let freeBytes = 1e9;
    await start({ freeDiskBytes: () => freeBytes, bounds: { diskFreeBytesMin: 1e6 } });
    freeBytes = 1e5;
    expect(await health()).toEqual({ status: 200, text: expect.stringContaining("100000 bytes free") as string });
    collector.log.failure = away;
    await collector.send([clickEvent()]);
    expect((await health()).status).toBe(503);
  });
});
