import { encodeEnvelope, type EventEnvelope, topics } from "@footfall/events";
import { acceptLog } from "@footfall/ingest";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { expect, it, onTestFinished } from "vitest";
import { envelope, openPipeline, startMs } from "../../apps/aggregator/test/pipeline-fixture.ts";
import { showCase } from "./cases-report.ts";

const patience = { deadlineMs: 30_000 };

const append = (log: EventLog, events: readonly EventEnvelope[]) =>
  log.append(
    topics.clicks,
    events.map((event) => ({ key: event.visitorId, value: Buffer.from(encodeEnvelope(event)) })),
  );

it("refuses a topic that was deleted and made again, and misses nothing once it is accepted", async () => {
  const pipeline = await openPipeline(1);
  onTestFinished(() => pipeline.close());
  const clicks = Array.from({ length: 50 }, (_, at) => envelope({ occurredAtMs: startMs + at * 1_000 }));
  const first = await pipeline.start();
  await append(pipeline.log, clicks.slice(0, 20));
  await first.caughtUp();
  await first.service.stop();

  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const madeAgain = await openEmbeddedLog({ folder: folder.path });
  onTestFinished(() => madeAgain.close());
  for (const name of [topics.clicks, topics.rejected]) await madeAgain.createTopic({ name, partitions: 1 });
  // Longer than the one before: reading on at its offset 20 would pass over ten events.
  await append(madeAgain, clicks.slice(20));
  const second = await pipeline.start({ log: madeAgain });
  await waitFor(() => second.service.health().some(({ code }) => code === "LOG_REPLACED"), patience);
  expect(await pipeline.eventIds()).toHaveLength(20);

  await acceptLog(madeAgain, await pipeline.lake.existingTable("events"), topics.clicks);
  await waitFor(async () => (await pipeline.eventIds()).length === 50, patience);
  await showCase("topic clicks deleted and made again", "refused: LOG_REPLACED; nothing missing after accept-log");
});
