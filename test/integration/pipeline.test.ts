import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { seededRandom } from "@footfall/base";
import { waitFor } from "@footfall/testkit";
import { envelope, openPipeline, type PipelineFixture, startMs } from "../../apps/aggregator/test/pipeline-fixture.ts";

/** From the log to the three tables on the embedded log and a clock that the test moves: an hour passes in no time. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const minute = 60_000;
let pipeline: PipelineFixture;
beforeEach(async () => {
  pipeline = await openPipeline(4);
});
afterEach(async () => {
  await pipeline.close();
});

test("an hour of shopping, sent in disorder and partly twice, ends in the lake as it happened", async () => {
  const aggregator = await pipeline.start({ outOfOrderMs: 2 * minute });
  const random = seededRandom(7);
  const events = Array.from({ length: 600 }, (_unused, i) => {
    const visit = Math.floor(random() * 20);
    return envelope({
      occurredAtMs: startMs + i * 6_000,
      visitorId: `v${visit}`,
      sessionId: `s${visit}`,
      name: i % 10 === 0 ? "purchase" : "view_item",
      items: [{ item_id: `i${Math.floor(random() * 5)}`, price: 10, quantity: 2 }],
    });
  });
  for (let part = 0; part < 6; part += 1) {
    const chunk = events.slice(part * 100, part * 100 + 100).sort(() => random() - 0.5);
    await pipeline.send([...chunk, ...chunk.slice(0, 10)]);
    await aggregator.caughtUp();
    pipeline.clock.advance(10 * minute);
  }
  pipeline.clock.advance(60 * minute);

  const windows = await waitFor(async () => {
    const [row] = await pipeline.lake.query<{ events: number; revenue: number }>(
      "SELECT sum(events)::DOUBLE AS events, sum(revenue) AS revenue FROM item_windows",
    );
    return row!.events === 600 && row!;
  });
  expect(windows.revenue).toBe(600 * 20);
  const sessions = await waitFor(async () => {
    const rows = await pipeline.lake.query<{ event_id: string }>("SELECT event_id FROM sessions");
    return rows.length === 600 && rows;
  });
  expect(new Set(sessions.map((row) => row.event_id))).toEqual(new Set(events.map((event) => event.eventId)));
  expect((await pipeline.eventIds()).sort()).toEqual(events.map((event) => event.eventId).sort());
  expect(await aggregator.metric("footfall_aggregator_events_total", { result: "duplicate" })).toBe(60);
});
