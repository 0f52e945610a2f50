import { AppError } from "@footfall/base";
import type { EventEnvelope } from "@footfall/events";
import { expireLog, ledgerTable } from "@footfall/lake";
import { createLogger, createMetricsRegistry } from "@footfall/runtime";
import { waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openAggregationLake } from "../../src/aggregation-lake.ts";
import { deriveLedger } from "../../src/ledger/derive-ledger.ts";
import { measureTenants } from "../../src/ledger/index.ts";
import { createLakeMaintenance } from "../../src/lake-maintenance.ts";
import { faultLake } from "../fault-lake.ts";
import { envelope, openPipeline, type PipelineFixture, startMs } from "../pipeline-fixture.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let pipeline: PipelineFixture;
beforeEach(async () => {
  pipeline = await openPipeline();
});
afterEach(async () => {
  await pipeline.close();
});

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

interface EventFields extends Partial<EventEnvelope> {
  readonly seq: number;
  readonly atMs: number;
}

/** An event of a session that the collector took two seconds after it occurred. */
function numbered({ atMs, ...fields }: EventFields): EventEnvelope {
  return envelope({ occurredAtMs: atMs, receivedAtMs: atMs + 2_000, sentAtMs: atMs, ...fields });
}

async function ledger(nowMs: number): Promise<readonly object[]> {
  const tables = await openAggregationLake(pipeline.lake);
  await deriveLedger({ tables, nowMs, modelsFolder: undefined });
  return pipeline.lake.query("SELECT * FROM ledger ORDER BY tenant, hour_start");
}

async function sent(...events: readonly EventEnvelope[]): Promise<void> {
  const aggregator = await pipeline.start();
  await pipeline.send(events);
  await aggregator.caughtUp();
  await aggregator.service.stop();
}

test("counts what never came, what came twice, and how long it took, across restarts", async () => {
  const [first, third] = [numbered({ seq: 1, atMs: startMs }), numbered({ seq: 3, atMs: startMs + minute })];
  pipeline.clock.set(startMs + 2 * minute);
  await sent(first, third, third, first);
  pipeline.clock.set(startMs + 70 * minute);
  // The session goes on in the next hour; 4 and 5 were lost on the way. Its beginning comes a second time.
  await sent(numbered({ seq: 6, atMs: startMs + 65 * minute }), first, envelope({ occurredAtMs: startMs + hour }));
  await sent(numbered({ tenant: "other", seq: 2, atMs: startMs + 68 * minute }));

  expect(await ledger(startMs + 89 * minute)).toEqual([]);
  const rows = await ledger(startMs + 150 * minute);
  expect(rows).toMatchObject([
    {
      tenant: "demo",
      hour_start: startMs,
      date: "2026-11-23",
      events: 2,
      numbered: 2,
      missing: 1,
      repeats: 2,
      sessions: 1,
      sessions_with_gaps: 1,
      unnumbered: 0,
      history: 0,
      delayed: 0,
      model_waiting: 2,
      log_p50_ms: 2_000,
      log_p99_ms: 2_000,
      lake_p50_ms: minute,
      lake_p99_ms: 2 * minute,
      model_p50_ms: null,
    },
    {
      tenant: "demo",
      hour_start: startMs + hour,
      events: 2,
      numbered: 1,
      missing: 2,
      repeats: 1,
      unnumbered: 1,
      lake_p50_ms: 5 * minute,
      lake_p99_ms: 10 * minute,
    },
    { tenant: "other", hour_start: startMs + hour, numbered: 1, missing: 1, sessions_with_gaps: 1, repeats: 0 },
  ]);
  expect(await ledger(startMs + 151 * minute)).toEqual(rows);
});

test("an event that comes late mends the hours that missed it", async () => {
  pipeline.clock.set(startMs + 61 * minute);
  await sent(numbered({ seq: 1, atMs: startMs }), numbered({ seq: 3, atMs: startMs + 60 * minute }));
  pipeline.clock.set(startMs + 200 * minute);
  expect(await ledger(startMs + 200 * minute)).toMatchObject([{ missing: 0 }, { missing: 1, delayed: 0 }]);
  const late = numbered({ seq: 2, atMs: startMs + 59 * minute, receivedAtMs: startMs + 199 * minute });
  await sent(late);
  const mended = await ledger(startMs + 300 * minute);
  expect(mended).toMatchObject([
    { numbered: 2, missing: 0, delayed: 1, lake_p99_ms: 61 * minute },
    { numbered: 1, missing: 0, lake_p99_ms: minute },
  ]);
});

test("history, imports and mischief are told apart from loss", async () => {
  const weeksAgo = startMs - 20 * 24 * hour;
  pipeline.clock.set(startMs + 5_000);
  await sent(
    numbered({ seq: 5, atMs: weeksAgo, receivedAtMs: startMs, sessionId: "replayed" }),
    numbered({ seq: 2_000_000_000, atMs: startMs, sessionId: "forged" }),
    numbered({ seq: 1, atMs: startMs + 1, sessionId: "forged" }),
  );
  const rows = await ledger(startMs + 3 * hour);
  expect(rows).toMatchObject([
    { hour_start: weeksAgo, events: 1, history: 1, numbered: 0, missing: 0, sessions: 0, log_p50_ms: null },
    { hour_start: startMs, events: 2, history: 0, numbered: 2, missing: 0, implausible: 1, sessions_with_gaps: 0 },
  ]);
});

test("a session that was on before what is looked at has lost nothing there", async () => {
  const events = Array.from({ length: 60 }, (_, n) => numbered({ seq: n + 1, atMs: startMs + n * 29 * minute }));
  pipeline.clock.set(startMs + 40 * hour);
  await sent(...events);
  const rows = (await ledger(startMs + 60 * hour)) as { numbered: number; missing: number }[];
  expect(rows.reduce((sum, row) => sum + row.numbered, 0)).toBe(60);
  expect(rows.filter((row) => row.missing !== 0)).toEqual([]);
});

test.each(["write", "commit", "committed"] as const)("a crash at events/%s counts no repeat twice", async (step) => {
  let crashes = 0;
  const lake = faultLake(pipeline.lake, (table, atStep) => {
    if (table !== "events" || atStep !== step || crashes >= 2) return;
    crashes += 1;
    throw new AppError("INTERNAL", "crash for the test");
  });
  const aggregator = await pipeline.start({ lake });
  const event = numbered({ seq: 1, atMs: startMs });
  const fresh = () => numbered({ seq: 1, atMs: startMs + 1, sessionId: "s2", visitorId: "v2" });
  for (const events of [
    [event, event, fresh()],
    [event, "no event", fresh()],
    [event, event],
  ]) {
    await pipeline.send(events);
    await aggregator.caughtUp();
  }
  expect(crashes).toBe(2);
  const range = { startMs: startMs - hour, endMs: startMs + hour, judgedUntilMs: Infinity, modelsFolder: "/nowhere" };
  const { rows, records } = await measureTenants(pipeline.lake, range);
  expect(rows).toMatchObject([{ tenant: "demo", events: 3, repeats: 4 }]);
  expect(records).toEqual({ records: 8, stored: 3, repeats: 4, unreadable: 1, unaccounted: 0 });
});

test("what arrived too short ago is not judged, but known to have come", async () => {
  pipeline.clock.set(startMs + 10 * minute);
  await sent(...[1, 3, 5, 6].map((seq) => numbered({ seq, atMs: startMs + seq * minute })));
  const range = { startMs, endMs: startMs + hour, modelsFolder: "/nowhere" };
  const judged = (minutes: number) =>
    measureTenants(pipeline.lake, { ...range, judgedUntilMs: startMs + minutes * minute });
  expect((await judged(4)).rows).toMatchObject([{ numbered: 2, missing: 1, unsettled: 2 }]);
  expect((await judged(9)).rows).toMatchObject([{ numbered: 4, missing: 2, unsettled: 0 }]);
});

test("the aggregator's maintenance keeps the ledger and shows it as metrics", async () => {
  pipeline.clock.set(startMs + minute);
  await sent(numbered({ seq: 1, atMs: startMs }), numbered({ seq: 4, atMs: startMs + 1 }));
  const registry = createMetricsRegistry();
  const maintenance = createLakeMaintenance({
    lake: pipeline.lake,
    clock: () => startMs + 3 * hour,
    logger: createLogger({ name: "test", level: "silent" }),
    registry,
    intervalMs: 1,
  });
  const metric = 'footfall_aggregator_measured_loss_ratio{tenant="demo"} 0.5';
  await waitFor(async () => (await registry.metrics()).includes(metric), { deadlineMs: 20_000 });
  await maintenance.stop();
  const text = await registry.metrics();
  expect(text).toContain('footfall_aggregator_measured_repeat_ratio{tenant="demo"} 0');
  expect(text).toContain('footfall_aggregator_measured_latency_seconds{tenant="demo",stage="log",quantile="0.5"} 2');
  expect(text).toContain('footfall_aggregator_measured_latency_seconds{tenant="demo",stage="lake",quantile="0.99"} 60');
  expect((await pipeline.lake.table(ledgerTable)).name).toBe("ledger");
});

test("keeps what it made from commits whose entries have expired, and goes on", async () => {
  pipeline.clock.set(startMs + 2 * minute);
  const event = numbered({ seq: 1, atMs: startMs });
  await sent(event, event);
  const [before] = await ledger(startMs + 2 * hour);
  expect(before).toMatchObject({ events: 1, repeats: 1, lake_p50_ms: 2 * minute });
  const events = await pipeline.lake.existingTable("events");
  for (let commit = 0; commit < 60; commit += 1) await events.commit({ add: [], operation: "nothing" });
  pipeline.clock.set(startMs + 40 * day);
  const expiry = { retentionMs: day, clock: pipeline.clock.now };
  expect((await expireLog(pipeline.lake, events, expiry)).entriesRemoved).toBe(50);

  // An event of the hour that nobody can look up any more, and one of now.
  const late = numbered({ seq: 2, atMs: startMs + minute, receivedAtMs: startMs + 40 * day });
  await sent(late, numbered({ sessionId: "new", seq: 1, atMs: startMs + 40 * day - minute }));
  const rows = await ledger(startMs + 41 * day);
  expect(rows).toMatchObject([
    { events: 2, repeats: 1, lake_p50_ms: 2 * minute },
    { events: 1, lake_p50_ms: minute },
  ]);
});
