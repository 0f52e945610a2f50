import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { openLake } from "@footfall/lake";
import { openAggregationLake } from "../src/aggregation-lake.ts";
import { catchUp } from "../src/derive/catch-up.ts";
import { copyEvents, rowsOf } from "./lakes-fixture.ts";
import { envelope, openPipeline, type PipelineFixture, type RunningAggregator, startMs } from "./pipeline-fixture.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const minute = 60_000;
let pipeline: PipelineFixture;
beforeEach(async () => {
  pipeline = await openPipeline(4);
});
afterEach(async () => {
  await pipeline.close();
});

let sent = 0;
/** Clicks of many visitors, whose events lie in all partitions, a few minutes after those of the call before. */
function clicks(count: number) {
  return Array.from({ length: count }, () => {
    sent += 1;
    const visitor = sent % 17;
    return envelope({
      occurredAtMs: startMs + sent * 3_000,
      visitorId: `v${visitor}`,
      sessionId: `s${visitor}`,
      items: [{ item_id: `i${sent % 5}`, price: sent % 7 }],
    });
  });
}

async function eventsInLake(): Promise<number> {
  return (await pipeline.eventIds()).length;
}

/** What the derived tables hold when everything has closed is what SQL makes of `events` in a lake of its own. */
async function expectDerived(): Promise<void> {
  pipeline.clock.advance(48 * 60 * minute);
  const folder = await temporaryFolder();
  const lake = await openLake({ root: folder.path, clock: pipeline.clock.now, threads: 1 });
  try {
    const tables = await openAggregationLake(lake);
    await copyEvents(pipeline.lake, tables);
    await catchUp(tables, pipeline.clock.now() - 1_000);
    const expected = await rowsOf(lake);
    expect(expected.sessions.length).toBeGreaterThan(0);
    const isSame = async () => JSON.stringify(await rowsOf(pipeline.lake)) === JSON.stringify(expected);
    await waitFor(isSame, { deadlineMs: 20_000, what: "derived tables" }).catch(() => {});
    expect(await rowsOf(pipeline.lake)).toEqual(expected);
  } finally {
    await lake.close();
    await folder.remove();
  }
}

test("aggregators that come and go divide the partitions, and every table is what one alone would have made", async () => {
  const ids: string[] = [];
  const send = async (): Promise<void> => {
    const events = clicks(60);
    ids.push(...events.map(({ eventId }) => eventId));
    await pipeline.send(events);
  };
  const allTaken = () => waitFor(async () => (await eventsInLake()) >= ids.length, { deadlineMs: 20_000 });

  const first = await pipeline.start();
  await send();
  await allTaken();
  /** Some partitions have moved to it. */
  const joined = ({ metric }: RunningAggregator) =>
    waitFor(async () => {
      await send();
      await allTaken();
      return (await metric("footfall_aggregator_events_total", { result: "committed" })) > 0;
    });
  const second = await pipeline.start();
  await joined(second);
  await first.service.stop();
  await send();
  await allTaken();
  const third = await pipeline.start();
  await joined(third);
  await expectDerived();
  expect((await pipeline.eventIds()).sort()).toEqual(ids.sort());
  // Nor do they get in each other's way.
  for (const { metric } of [first, second, third]) expect(await metric("footfall_aggregator_restarts_total")).toBe(0);
});
