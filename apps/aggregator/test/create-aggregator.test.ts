import { afterEach, beforeEach, expect, test } from "vitest";
import { waitFor } from "@footfall/testkit";
import { envelope, openPipeline, type PipelineFixture, startMs } from "./pipeline-fixture.ts";

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
