import { readFile } from "node:fs/promises";
import { ClickEventSchema, type EventEnvelope } from "@footfall/events";
import { eventsTable } from "@footfall/lake";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openPipeline, type PipelineFixture } from "./pipeline-fixture.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let pipeline: PipelineFixture;
beforeEach(async () => {
  pipeline = await openPipeline(1);
});
afterEach(() => pipeline.close());

const golden = new URL("../../../fixtures/events/v1/purchase-ga4.json", import.meta.url);
const ga4Names = Object.keys(ClickEventSchema.properties).filter((name) => /^[a-z_]+$/.test(name));

test("every GA4 field of an event is in the column of its name", async () => {
  const event = JSON.parse(await readFile(golden, "utf8")) as EventEnvelope;
  await pipeline.send([event]);
  await (await pipeline.start()).caughtUp();
  const [row] = await pipeline.lake.query<Record<string, unknown>>("SELECT * FROM events");
  for (const name of ga4Names.filter((one) => one !== "items" && one !== "recommendation" && one in event)) {
    expect([name, row![name]]).toEqual([name, event[name as "coupon"]]);
  }
  expect(JSON.parse(String(row!["items"]))).toEqual(event.items);
  const columns = eventsTable.columns.map((column) => column.name);
  expect(ga4Names.filter((name) => name !== "recommendation" && !columns.includes(name))).toEqual([]);
});
