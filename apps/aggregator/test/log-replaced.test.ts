import { encodeEnvelope, type EventEnvelope, topics } from "@footfall/events";
import { acceptLog } from "@footfall/ingest";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { envelope, openPipeline, type PipelineFixture, startMs } from "./pipeline-fixture.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let pipeline: PipelineFixture;
let folder: TemporaryFolder;
let other: EventLog;
beforeEach(async () => {
  pipeline = await openPipeline(1);
  folder = await temporaryFolder();
  other = await openEmbeddedLog({ folder: folder.path, sessionTimeoutMs: 500 });
  for (const name of [topics.clicks, topics.rejected]) await other.createTopic({ name, partitions: 1 });
});
afterEach(async () => {
  await pipeline.close();
  await other.close();
  await folder.remove();
});

const clicks = (count: number, fromMs: number): EventEnvelope[] =>
  Array.from({ length: count }, (_, at) => envelope({ occurredAtMs: fromMs + at * 1_000 }));

const append = (log: EventLog, events: readonly EventEnvelope[]) =>
  log.append(
    topics.clicks,
    events.map((event) => ({ key: event.visitorId, value: Buffer.from(encodeEnvelope(event)) })),
  );

async function isRefused(log: EventLog): Promise<void> {
  const aggregator = await pipeline.start({ log });
  await waitFor(() => aggregator.service.health().some(({ code }) => code === "LOG_REPLACED"), {
    deadlineMs: 20_000,
    what: "the aggregator to tell",
  });
  await aggregator.service.stop();
}

test.each([
  ["shorter", 5],
  ["as long", 20],
  ["longer", 40],
])("a log made again that is %s is refused until it is accepted; then nothing is missing", async (_how, count) => {
  const before = clicks(20, startMs);
  const first = await pipeline.start();
  await append(pipeline.log, before);
  await first.caughtUp();
  await first.service.stop();

  // What a sender had not yet been told about comes once more.
  const after = [...before.slice(15), ...clicks(count - 5, startMs + 100_000)];
  await append(other, after);
  await isRefused(other);
  expect(await pipeline.eventIds()).toHaveLength(20);

  const events = await pipeline.lake.existingTable("events");
  expect(await acceptLog(other, events, topics.clicks)).toEqual([
    { topic: topics.clicks, partition: 0, from: 20n, to: 0n },
  ]);
  expect(await acceptLog(other, events, topics.clicks)).toEqual([]);
  const second = await pipeline.start({ log: other });
  await waitFor(async () => (await events.snapshot()).progress.get("clicks-0") === BigInt(count), {
    deadlineMs: 20_000,
    what: "the new log in the lake",
  });
  const ids = await pipeline.eventIds();
  expect(ids.toSorted()).toEqual([...new Set([...before, ...after].map(({ eventId }) => eventId))].toSorted());
  await waitFor(() => second.service.health().length === 0, { deadlineMs: 20_000, what: "the aggregator to be ready" });
});

test("the same log with more records, or with its oldest deleted, is the same log", async () => {
  const first = await pipeline.start();
  await append(pipeline.log, clicks(20, startMs));
  await first.caughtUp();
  await first.service.stop();
  await append(pipeline.log, clicks(3, startMs + 100_000));
  const second = await pipeline.start();
  await second.caughtUp();
  expect(await pipeline.eventIds()).toHaveLength(23);
  expect(await acceptLog(pipeline.log, await pipeline.lake.existingTable("events"), topics.clicks)).toEqual([]);
});
