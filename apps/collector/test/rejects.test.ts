import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { seededRandom, manualClock } from "@footfall/base";
import { type EventEnvelope, type RejectedEvent, topics } from "@footfall/events";
import { createLogger, demoWriteKeys, Registry, type RunningServer, startServer } from "@footfall/runtime";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createCollectorClient } from "../../../scripts/collector-client.ts";
import { readRejects, redriveRejects, summarizeRejects } from "../../../scripts/topics/rejected-log.ts";
import { readRedriveMarks } from "../../../scripts/topics/redrive-marks.ts";
import { createCollector } from "../src/collector.ts";
import { clickEvent, nowMs } from "./running-collector.ts";

let folder: TemporaryFolder;
let log: EventLog;
let server: RunningServer;
const clock = manualClock(nowMs);

beforeEach(async () => {
  clock.set(nowMs);
  folder = await temporaryFolder();
  log = await openEmbeddedLog({ folder: folder.path });
  const logger = createLogger({ name: "test", level: "silent" });
  const registry = new Registry();
  const collector = await createCollector({
    log,
    keys: demoWriteKeys,
    clock: clock.now,
    random: seededRandom(1),
    logger,
    registry,
    trackerScript: Buffer.from(""),
  });
  server = await startServer({ services: [collector], host: "127.0.0.1", port: 0, logger, registry });
});
afterEach(async () => {
  await server.close();
  await log.close();
  await folder.remove();
});

const everything = { tenant: undefined, code: undefined, sinceMs: undefined };
const client = (key: string, isRedrive = false) =>
  createCollectorClient({ url: server.url, key, isRedrive, clock: clock.now, random: seededRandom(2) });

async function clicks(): Promise<EventEnvelope[]> {
  const found: EventEnvelope[] = [];
  const partitions = await log.offsets(topics.clicks);
  for (const partition of partitions.keys()) {
    for await (const batch of log.read({ topic: topics.clicks, partition, startOffset: 0n })) {
      found.push(...batch.records.map((record) => JSON.parse(record.value!.toString()) as EventEnvelope));
    }
  }
  return found;
}

it("shows a record of others as one that cannot be sent again", async () => {
  const values = ["", "null", "{}", '{"code":5}', "\u0000"];
  await log.append(
    topics.rejected,
    values.map((value) => ({ key: null, value: Buffer.from(value) })),
  );
  const summaries = await summarizeRejects(readRejects(log, everything), 9);
  expect(summaries).toMatchObject([{ code: "EVENT_BODY_MALFORMED", count: 5 }]);
  expect(await redriveRejects(log, everything, client("demo", true))).toMatchObject({
    sent: 0,
    notReplayable: 5,
  });
});

it("lists by code with the newest example, filtered by code and time", async () => {
  await client("demo")([clickEvent({ name: "a" }), clickEvent({ seq: 0 })]);
  clock.advance(1000);
  await client("demo")([clickEvent({ name: "b" })]);
  const summaries = await summarizeRejects(readRejects(log, everything), 2);
  expect(summaries.map(({ code, count }) => [code, count])).toEqual([
    ["EVENT_NAME_UNKNOWN", 2],
    ["EVENT_FIELD_INVALID", 1],
  ]);
  expect(summaries[0]?.newest).toMatchObject([{ event: { name: "b" } }, { event: { name: "a" } }]);
  const late = await summarizeRejects(
    readRejects(log, { tenant: "demo", code: "EVENT_NAME_UNKNOWN", sinceMs: nowMs + 1 }),
    1,
  );
  expect(late).toMatchObject([{ count: 1 }]);
  expect(await summarizeRejects(readRejects(log, { ...everything, tenant: "other" }), 1)).toEqual([]);
});

it("redrives with the times of then, and accounts for every event", async () => {
  const old = clickEvent({ occurredAtMs: nowMs - 30 * 24 * 3_600_000 });
  await client("demo")([old, clickEvent({ name: "never" })]);
  await fetch(`${server.url}/v1/events?key=demo`, { method: "POST", body: "{" });
  clock.advance(3_600_000);
  const account = await redriveRejects(log, everything, client("demo-historic", true));
  expect(account).toEqual({
    read: 3,
    sent: 2,
    accepted: 1,
    duplicate: 0,
    rejected: 1,
    notReplayable: 1,
    reasons: { EVENT_NAME_UNKNOWN: 1 },
  });
  expect(await clicks()).toMatchObject([{ eventId: old.eventId, occurredAtMs: old["occurredAtMs"] }]);
  const again = await redriveRejects(log, everything, client("demo-historic", true));
  expect(again).toMatchObject({ read: 2, sent: 1, rejected: 1 });
  const left = await summarizeRejects(readRejects(log, everything), 1);
  expect(left.map(({ code, count }) => [code, count])).toEqual([
    ["EVENT_NAME_UNKNOWN", 1],
    ["EVENT_BODY_MALFORMED", 1],
  ]);
  expect(await summarizeRejects(readRejects(log, { ...everything, includeRedriven: true }), 1)).toHaveLength(3);
});

it("neither keeps nor counts once more what a redrive gets refused again", async () => {
  await client("demo")([clickEvent({ name: "never" }), clickEvent({ seq: 0 })]);
  const counted = await (await fetch(`${server.operatorUrl}/metrics`)).text();
  for (let run = 0; run < 4; run++) {
    expect(await redriveRejects(log, everything, client("demo-historic", true))).toMatchObject({
      read: 2,
      sent: 2,
      rejected: 2,
    });
  }
  expect((await log.offsets(topics.rejected))[0]?.endOffset).toBe(2n);
  expect(counted).toMatch(/status="rejected"[^\n]* 1\n/);
  const rejections = (text: string) => text.split("\n").filter((line) => /status="rejected"|EVENT_/.test(line));
  expect(rejections(await (await fetch(`${server.operatorUrl}/metrics`)).text())).toEqual(rejections(counted));
});

it("does not believe a page that calls what it sends a redrive", async () => {
  await client("demo", true)([clickEvent({ name: "never" })]);
  expect((await log.offsets(topics.rejected))[0]?.endOffset).toBe(1n);
});

it("takes a dead letter of a topic that was made again for another one", async () => {
  const place = { partition: 0, offset: 0n, appendedAtMs: nowMs };
  await (await readRedriveMarks(log)).add([place]);
  const marks = await readRedriveMarks(log);
  expect([marks.has(place), marks.has({ ...place, appendedAtMs: nowMs + 1 })]).toEqual([true, false]);
  await log.append(topics.redriven, [
    { key: null, value: Buffer.from("[1,null]") },
    { key: null, value: null },
  ]);
  expect((await readRedriveMarks(log)).has(place)).toBe(true);
});

it("corrects a device's clock as the first sending would have", async () => {
  const event = clickEvent({ occurredAtMs: nowMs + 9_000_000 - 5_000 });
  const rejected: RejectedEvent = {
    tenant: "demo",
    rejectedAtMs: nowMs,
    sentAtMs: nowMs + 9_000_000,
    historic: false,
    code: "EVENT_FIELD_UNKNOWN",
    field: "/x",
    reason: "",
    event,
  };
  await log.append(topics.rejected, [{ key: null, value: Buffer.from(JSON.stringify(rejected)) }]);
  clock.advance(60_000);
  await redriveRejects(log, everything, client("demo", true));
  expect(await clicks()).toMatchObject([{ occurredAtMs: nowMs - 5_000 }]);
});

it("says nothing of a log that has no such topic", async () => {
  const other = await temporaryFolder();
  const empty = await openEmbeddedLog({ folder: other.path });
  expect(await summarizeRejects(readRejects(empty, everything), 1)).toEqual([]);
  await empty.close();
  await other.remove();
});
