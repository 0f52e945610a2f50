import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AppError } from "@footfall/base";
import { encodeEnvelope, topics } from "@footfall/events";
import { eventsTable, openLake } from "@footfall/lake";
import { readAll, temporaryFolder, waitFor } from "@footfall/testkit";
import { openAggregationLake } from "../src/aggregation-lake.ts";
import { catchUp } from "../src/derive/catch-up.ts";
import { copyEvents } from "./lakes-fixture.ts";
import { faultLake, type LakeStep } from "./fault-lake.ts";
import { envelope, openPipeline, type PipelineFixture, startMs } from "./pipeline-fixture.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let pipeline: PipelineFixture;
beforeEach(async () => {
  pipeline = await openPipeline();
});
afterEach(async () => {
  await pipeline.close();
});

const minute = 60_000;

test("events reach the lake once, windows and sessions close by watermark and by idleness", async () => {
  const aggregator = await pipeline.start();
  const first = envelope({ occurredAtMs: startMs, items: [{ item_id: "i1", price: 2.5, quantity: 2 }] });
  const second = envelope({ occurredAtMs: startMs + 1000, name: "add_to_cart" });
  await pipeline.send([first, second, first]);
  await aggregator.caughtUp();
  expect((await pipeline.eventIds()).sort()).toEqual([first.eventId, second.eventId].sort());
  expect(await aggregator.metric("footfall_aggregator_events_total", { result: "duplicate" })).toBe(1);
  expect(await pipeline.lake.query("SELECT * FROM item_windows")).toEqual([]);

  pipeline.clock.advance(5 * minute);
  const windows = await waitFor(async () => {
    const rows = await pipeline.lake.query("SELECT * FROM item_windows ORDER BY event_name");
    return rows.length > 0 && rows;
  });
  expect(windows).toEqual([
    expect.objectContaining({ item_id: "i1", event_name: "add_to_cart", events: 1, quantity: 1, revenue: 0 }),
    expect.objectContaining({
      item_id: "i1",
      event_name: "view_item",
      events: 1,
      visitors: 1,
      sessions: 1,
      revenue: 5,
    }),
  ]);

  pipeline.clock.advance(30 * minute);
  const sessions = await waitFor(async () => {
    const rows = await pipeline.lake.query("SELECT * FROM sessions ORDER BY position");
    return rows.length > 0 && rows;
  });
  expect(sessions).toEqual([
    expect.objectContaining({ session_id: "s1", position: 1, event_id: first.eventId, price: 2.5, quantity: 2 }),
    expect.objectContaining({ session_id: "s1", position: 2, event_id: second.eventId, event_name: "add_to_cart" }),
  ]);
});

/** What the tables should hold: everything recomputed from `events`, in a lake of its own. */
async function recomputed(watermarkMs: number): Promise<{ windows: readonly object[]; sessions: readonly object[] }> {
  const other = await openPipeline();
  try {
    const tables = await openAggregationLake(other.lake);
    await copyEvents(pipeline.lake, tables);
    await catchUp(tables, watermarkMs);
    return await derivedRows(other);
  } finally {
    await other.close();
  }
}

async function derivedRows({
  lake,
}: PipelineFixture): Promise<{ windows: readonly object[]; sessions: readonly object[] }> {
  return {
    windows: await lake.query("SELECT * FROM item_windows ORDER BY window_start, item_id, event_name"),
    sessions: await lake.query("SELECT * FROM sessions ORDER BY visitor_id, session_id, session_start, position"),
  };
}

/** Waits until the derived tables are what they should be once everything has closed. */
async function expectDerived(): Promise<void> {
  pipeline.clock.advance(48 * 60 * minute);
  const expected = await recomputed(pipeline.clock.now() - 1_000);
  expect(expected.windows.length).toBeGreaterThan(0);
  expect(expected.sessions.length).toBeGreaterThan(0);
  const isSame = async () => {
    // An aggregator that has begun anew meanwhile waits for its partitions to be idle, by this clock.
    pipeline.clock.advance(minute);
    return JSON.stringify(await derivedRows(pipeline)) === JSON.stringify(expected);
  };
  await waitFor(isSame, { deadlineMs: 20_000, what: "derived tables" }).catch(() => {});
  expect(await derivedRows(pipeline)).toEqual(expected);
}

const clicks = (count: number, sessions: number, fromMs: number) =>
  Array.from({ length: count }, (_unused, i) =>
    envelope({
      occurredAtMs: fromMs + i * 7_000,
      sessionId: `s${i % sessions}`,
      visitorId: `v${i % sessions}`,
      items: [{ item_id: `i${i % 3}`, price: i / 10 }],
    }),
  );

test("a new lake is filled from the start of the log, whatever the group has acknowledged", async () => {
  const events = clicks(20, 3, startMs);
  const first = await pipeline.start();
  await pipeline.send(events);
  await first.caughtUp();
  await first.service.stop();
  const folder = await temporaryFolder();
  const lake = await openLake({ root: folder.path, clock: pipeline.clock.now, threads: 1 });
  try {
    const second = await pipeline.start({ lake });
    const ids = async () => (await lake.query<{ event_id: string }>("SELECT event_id FROM events")).map(Object.values);
    await waitFor(async () => (await lake.tableNames()).includes("events") && (await ids()).length >= events.length);
    expect((await ids()).flat().sort()).toEqual(events.map((event) => event.eventId).sort());
    await second.service.stop();
  } finally {
    await lake.close();
    await folder.remove();
  }
});

test("late events replace the rows of their own window and session", async () => {
  const aggregator = await pipeline.start();
  await pipeline.send(clicks(60, 3, startMs));
  await aggregator.caughtUp();
  pipeline.clock.advance(3 * 60 * minute);
  await waitFor(async () => (await derivedRows(pipeline)).sessions.length === 60);
  const late = clicks(9, 2, startMs + 90_500);
  await pipeline.send(late);
  await aggregator.caughtUp();
  await expectDerived();
  expect(await aggregator.metric("footfall_aggregator_events_total", { result: "late" })).toBe(9);
});

test("a second copy of everything is only duplicates, also when ids are no longer held in memory", async () => {
  const events = clicks(300, 5, startMs - 20 * 60 * minute);
  const aggregator = await pipeline.start({ dedupIndexMax: 50 });
  await pipeline.send(events);
  await aggregator.caughtUp();
  await pipeline.send([...events].reverse());
  await aggregator.caughtUp();
  expect(await aggregator.metric("footfall_aggregator_events_total", { result: "duplicate" })).toBe(300);
  expect((await pipeline.eventIds()).sort()).toEqual(events.map((event) => event.eventId).sort());
  await expectDerived();
});

test.each([undefined, 50])("what one shop has sent, another may send too; ids in memory: %s", async (dedupIndexMax) => {
  const events = clicks(300, 5, startMs - 20 * 60 * minute);
  const ofOther = events.map((event) => ({ ...event, tenant: "other" }));
  const aggregator = await pipeline.start(dedupIndexMax === undefined ? {} : { dedupIndexMax });
  for (const sent of [events, ofOther, [...ofOther, ...events]]) {
    await pipeline.send(sent);
    await aggregator.caughtUp();
  }
  expect(await aggregator.metric("footfall_aggregator_events_total", { result: "duplicate" })).toBe(600);
  const counts = await pipeline.lake.query("SELECT tenant, count(*)::INTEGER AS n FROM events GROUP BY 1 ORDER BY 1");
  expect(counts).toEqual([
    { tenant: "demo", n: 300 },
    { tenant: "other", n: 300 },
  ]);
  await aggregator.service.stop();
  // Also after a restart, which reads what is known from the lake.
  const restarted = await pipeline.start(dedupIndexMax === undefined ? {} : { dedupIndexMax });
  await pipeline.send([...events, ...events.map((event) => ({ ...event, tenant: "third" })), ...ofOther]);
  await restarted.caughtUp();
  expect(await restarted.metric("footfall_aggregator_events_total", { result: "duplicate" })).toBe(600);
  expect(await pipeline.eventIds()).toHaveLength(900);
});

test("memory bounds cost work, not rows", async () => {
  const bounds = { openWindowRowsMax: 2, openSessionRowsMax: 3, openSessionsMax: 2 };
  const aggregator = await pipeline.start(bounds);
  for (let part = 0; part < 4; part += 1) {
    await pipeline.send(clicks(40, 7, startMs + part * 20 * minute));
    await aggregator.caughtUp();
  }
  await expectDerived();
});

test("a backlog, made by SQL, gives the same rows, and going over to memory loses none", async () => {
  await pipeline.send(clicks(400, 7, startMs));
  const aggregator = await pipeline.start({ backlogRecordsMin: 40, commitEventsMax: 30 });
  await aggregator.caughtUp();
  await pipeline.send(clicks(20, 3, startMs + 50 * minute));
  await aggregator.caughtUp();
  await pipeline.send(clicks(200, 3, startMs + 55 * minute));
  await aggregator.caughtUp();
  expect(await pipeline.eventIds()).toHaveLength(620);
  await expectDerived();
});

test.each([200_000, 10])("odd spellings of an event are events, in a backlog of %d too", async (backlogRecordsMin) => {
  const [plain, pretty, twice, spaced] = clicks(4, 2, startMs);
  const foreign = envelope({ occurredAtMs: startMs, items: [{ item_id: "Käse 🧀", item_name: 'a "quoted" \\ name' }] });
  const reordered = Object.fromEntries(Object.entries(envelope({ occurredAtMs: startMs })).reverse());
  await pipeline.send([
    ...clicks(40, 3, startMs - 60 * minute),
    plain!,
    JSON.stringify(pretty, null, 2),
    encodeEnvelope(twice!).replace('"name":', '"name":"purchase","name":'),
    `  ${encodeEnvelope(spaced!)}\r\n`,
    foreign,
    JSON.stringify(reordered),
    encodeEnvelope(envelope({ occurredAtMs: startMs })).replace('"v1"', '""'),
  ]);
  const aggregator = await pipeline.start({ backlogRecordsMin });
  await aggregator.caughtUp();
  const expected = [plain!, pretty!, twice!, spaced!, foreign, reordered as { eventId: string }];
  const ids = new Set(await pipeline.eventIds());
  expect(expected.filter(({ eventId }) => !ids.has(eventId))).toEqual([]);
  expect(ids.size).toBe(46);
  expect(await aggregator.metric("footfall_aggregator_events_total", { result: "poison" })).toBe(1);
  const [stored] = await pipeline.lake.query<{ items: string; name: string }>(
    "SELECT items, name FROM events WHERE event_id = $id",
    { parameters: { id: foreign.eventId } },
  );
  expect(JSON.parse(stored!.items)).toEqual(foreign.items);
  await expectDerived();
});

test("a restart goes on where the last one stopped", async () => {
  const first = await pipeline.start();
  await pipeline.send(clicks(40, 4, startMs));
  await first.caughtUp();
  pipeline.clock.advance(3 * minute);
  await waitFor(async () => (await derivedRows(pipeline)).windows.length > 0);
  await first.service.stop();
  const second = await pipeline.start();
  await pipeline.send(clicks(40, 4, startMs + 5 * minute));
  await second.caughtUp();
  expect(new Set(await pipeline.eventIds()).size).toBe(80);
  expect(await pipeline.eventIds()).toHaveLength(80);
  await expectDerived();
});

const crashPoints = ["events", "item_windows", "sessions"].flatMap((table) =>
  (["write", "commit", "committed"] as const).map((step): [string, LakeStep] => [table, step]),
);

test.each(crashPoints)("a crash at %s/%s loses nothing and repeats nothing", async (table, step) => {
  let crashes = 0;
  let seen = 0;
  const lake = faultLake(pipeline.lake, (atTable, atStep) => {
    if (atTable !== table || atStep !== step) return;
    seen += 1;
    if (seen % 2 === 1 && crashes < 3) {
      crashes += 1;
      throw new AppError("INTERNAL", "crash for the test");
    }
  });
  const aggregator = await pipeline.start({ lake });
  for (let part = 0; part < 4; part += 1) {
    await pipeline.send(clicks(30, 3, startMs + part * 50 * minute));
    await aggregator.caughtUp();
    pipeline.clock.set(startMs + (part + 1) * 50 * minute);
  }
  const late = clicks(5, 2, startMs + 2_500);
  await pipeline.send(late);
  await aggregator.caughtUp();
  await expectDerived();
  expect(crashes).toBeGreaterThan(0);
  const ids = await pipeline.eventIds();
  expect(ids).toHaveLength(125);
  expect(new Set(ids).size).toBe(125);
});

test("a writer whose offsets were moved on by another is fenced and begins anew", async () => {
  const aggregator = await pipeline.start();
  await pipeline.send(clicks(10, 2, startMs));
  await aggregator.caughtUp();
  // Another aggregator, of an older program that keeps no fingerprints, takes the next records in and commits them.
  const events = await pipeline.lake.table(eventsTable);
  const stored = (await events.snapshot()).progress;
  const progress = new Map([...stored].filter(([id]) => /^clicks-\d+$/.test(id)));
  await events.commit({
    add: [],
    progress: new Map([...progress].map(([id, at]) => [id, at + 1n])),
    operation: "append",
  });
  await pipeline.send(clicks(10, 2, startMs + 10 * minute));
  await aggregator.caughtUp();
  expect(await aggregator.metric("footfall_aggregator_restarts_total")).toBeGreaterThan(0);
  // The record after each moved offset was the other's to write; all others are there once.
  const ids = await pipeline.eventIds();
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toHaveLength(20 - progress.size);
});

test("a record that is no event goes to clicks.rejected, and the rest goes on", async () => {
  const aggregator = await pipeline.start();
  await pipeline.send(["{", '{"v":1}', envelope({ occurredAtMs: startMs })]);
  await aggregator.caughtUp();
  expect(await pipeline.eventIds()).toHaveLength(1);
  const letters: { code: string; event: unknown }[] = [];
  for await (const batch of pipeline.log.read({ topic: topics.rejected, partition: 0, startOffset: 0n })) {
    for (const record of batch.records) letters.push(JSON.parse(record.value!.toString()));
  }
  expect(letters.map((letter) => letter.event)).toEqual(["{", '{"v":1}']);
  expect(letters[0]?.code).toBe("EVENT_BODY_MALFORMED");
  expect(await aggregator.metric("footfall_aggregator_events_total", { result: "poison" })).toBe(2);
});

test.each([true, false])(
  "an event that no row can hold becomes a dead letter, in no window either (alone: %s)",
  async (isAlone) => {
    const beyond = envelope({ occurredAtMs: startMs, items: [{ item_id: "beyond" }] });
    const lake = faultLake(pipeline.lake, (table, step, sql) => {
      const stagedPath = /read_json\('([^']+)'/.exec(sql ?? "")?.[1];
      if (table !== "events" || step !== "write" || stagedPath === undefined) return;
      if (readFileSync(stagedPath, "utf8").includes("beyond")) throw new AppError("LAKE_QUERY_FAILED", "no row for it");
    });
    const aggregator = await pipeline.start({ lake });
    const events = clicks(20, 2, startMs);
    if (isAlone) {
      await pipeline.send([beyond]);
      await aggregator.caughtUp();
      await pipeline.send(events);
    } else {
      await pipeline.send([...events.slice(0, 10), beyond, ...events.slice(10)]);
    }
    await aggregator.caughtUp();
    expect(await pipeline.eventIds()).toHaveLength(20);
    const [letter] = await readAll(pipeline.log, topics.rejected, 0);
    expect(JSON.parse(letter!.value!.toString())).toMatchObject({ tenant: "demo", event: beyond });
    expect(await aggregator.metric("footfall_aggregator_events_total", { result: "poison" })).toBe(1);
    expect(await aggregator.metric("footfall_aggregator_restarts_total")).toBe(0);
    await expectDerived();
  },
);

test("a full disk stops nothing for good: health tells, and when there is room again all is written", async () => {
  let isFull = true;
  const lake = faultLake(pipeline.lake, (_table, step) => {
    if (isFull && step === "write") throw new AppError("LAKE_UNAVAILABLE", "disk full", { retriable: true });
  });
  const aggregator = await pipeline.start({ lake });
  await pipeline.send(clicks(10, 2, startMs));
  await waitFor(() => aggregator.service.health()[0]?.code === "LAKE_UNAVAILABLE");
  expect(await pipeline.eventIds()).toEqual([]);
  isFull = false;
  await aggregator.caughtUp();
  expect(await pipeline.eventIds()).toHaveLength(10);
  await waitFor(() => aggregator.service.health().length === 0);
});
