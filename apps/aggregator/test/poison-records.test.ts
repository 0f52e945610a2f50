import { type EventEnvelope, limits, topics } from "@footfall/events";
import { readAll, waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { envelope, openPipeline, type PipelineFixture, startMs } from "./pipeline-fixture.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let pipeline: PipelineFixture;
beforeEach(async () => {
  pipeline = await openPipeline(1);
});
afterEach(() => pipeline.close());

const badTimes: [keyof EventEnvelope, number][] = [
  ["sentAtMs", 1e18],
  ["sentAtMs", -1],
  ["receivedAtMs", 1e18],
  ["receivedAtMs", 8.64e15],
  ["occurredAtMs", 8.64e15],
  ["occurredAtMs", limits.timeMsMax + 1],
];

test.each([0, 1_000_000])(
  "a time that no table can hold is a dead letter, and the next record is in the lake (backlog from %d)",
  async (backlogRecordsMin) => {
    const texts = badTimes.map(([field, time]) =>
      JSON.stringify({ ...envelope({ occurredAtMs: startMs }), [field]: time }),
    );
    const next = envelope({ occurredAtMs: startMs, sentAtMs: limits.timeMsMax });
    await pipeline.send([...texts, next]);
    const aggregator = await pipeline.start({ backlogRecordsMin });
    await aggregator.caughtUp();
    expect(await pipeline.eventIds()).toEqual([next.eventId]);
    const letters = await waitFor(
      async () => {
        const read = await readAll(pipeline.log, topics.rejected, 0);
        return read.length === texts.length && read;
      },
      { deadlineMs: 20_000 },
    );
    const rejected = letters.map(({ value }) => JSON.parse(value!.toString()) as { event: string; field: string });
    expect(rejected.map(({ event }) => event)).toEqual(texts);
    expect(rejected.map(({ field }) => field)).toEqual(badTimes.map(([field]) => `/${field}`));
  },
);
