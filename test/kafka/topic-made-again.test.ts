import { setImmediate as nextTurn } from "node:timers/promises";
import { createAggregator } from "@footfall/aggregator";
import { manualClock, seededRandom, uuidv7 } from "@footfall/base";
import { encodeEnvelope, type EventEnvelope, topics } from "@footfall/events";
import { acceptLog } from "@footfall/ingest";
import { type Lake, openLake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import { openKafkaLog } from "@footfall/log/kafka";
import { createLogger, Registry, type Service } from "@footfall/runtime";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { bootstrapServers, startKafka, stopKafka } from "@footfall/testkit/kafka";
import { Kafka, logLevel } from "kafkajs";
import { describe, expect, it } from "vitest";
import { envelope, startMs } from "../../apps/aggregator/test/pipeline-fixture.ts";
import { canRunKafka } from "./kafka-or-skip.ts";

const partitions = 2;
const deadlineMs = 60_000;

/** Sends without a pause until it is stopped. A failed append may be there all the same; its ids are sent again. */
function startLoad(log: EventLog) {
  const accepted = new Set<string>();
  const random = seededRandom(1);
  let isStopped = false;
  const send = async (): Promise<void> => {
    for (let count = 0; !isStopped; count += 100) {
      const events = Array.from({ length: 100 }, (_, at): EventEnvelope => {
        const occurredAtMs = startMs + (count + at) * 10;
        return envelope({ eventId: uuidv7(occurredAtMs, random), occurredAtMs, visitorId: `v${at}` });
      });
      const records = events.map((event) => ({ key: event.visitorId, value: Buffer.from(encodeEnvelope(event)) }));
      for (let isThere = false; !isThere && !isStopped;) {
        isThere = await log.append(topics.clicks, records).then(
          () => true,
          () => false,
        );
        await nextTurn();
        if (isThere) for (const { eventId } of events) accepted.add(eventId);
      }
    }
  };
  const sending = send();
  const stop = async (): Promise<void> => {
    isStopped = true;
    await sending;
  };
  return { accepted, stop };
}

const idsIn = async (lake: Lake): Promise<string[]> =>
  (await lake.query<{ event_id: string }>("SELECT event_id FROM events")).map((row) => row.event_id);

describe.skipIf(!canRunKafka())("topic clicks, deleted and made again under load", () => {
  it("is told and refused until it is accepted, and then nothing that was accepted is missing", async () => {
    const folder = await temporaryFolder();
    const cleanUps: (() => Promise<unknown>)[] = [() => folder.remove()];
    try {
      const place = `${folder.path}/kafka`;
      cleanUps.push(() => stopKafka(place));
      const cluster = await startKafka({ jarsFolder: ".kafka", folder: place, version: "4.4.0", brokers: 1 });
      const brokers = bootstrapServers(cluster);
      const log = await openKafkaLog({ brokers, clientId: "test", sessionTimeoutMs: 6_000 });
      cleanUps.push(() => log.close());
      const clock = manualClock(startMs);
      const lake = await openLake({ root: `${folder.path}/tables`, clock: clock.now, threads: 1 });
      cleanUps.push(() => lake.close());
      await log.createTopic({ name: topics.clicks, partitions });
      await log.createTopic({ name: topics.rejected, partitions: 1 });
      const logger = createLogger({ name: "aggregator", level: "silent" });
      const aggregator: Service = await createAggregator({
        log,
        lake,
        clock: clock.now,
        logger,
        registry: new Registry(),
        commitIntervalMs: 100,
      });
      cleanUps.push(() => aggregator.stop());

      const before = startLoad(log);
      cleanUps.push(before.stop);
      await waitFor(async () => before.accepted.size > 2_000, { deadlineMs, what: "events before" });
      await before.stop();
      await waitFor(async () => (await idsIn(lake)).length === before.accepted.size, { deadlineMs, intervalMs: 50 });

      const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      await admin.deleteTopics({ topics: [topics.clicks] });
      await admin.disconnect();
      await waitFor(
        () =>
          log.createTopic({ name: topics.clicks, partitions }).then(
            async () => (await log.offsets(topics.clicks)).every(({ endOffset }) => endOffset === 0n),
            () => false,
          ),
        { deadlineMs, intervalMs: 100, what: "the topic to be made again" },
      );
      const after = startLoad(log);
      cleanUps.push(after.stop);
      // Far past the offsets of the topic before, where reading would go on as if nothing had happened.
      await waitFor(() => after.accepted.size > 3 * before.accepted.size, { deadlineMs, what: "events after" });
      const isTold = (): boolean => aggregator.health().some(({ code }) => code === "LOG_REPLACED");
      await waitFor(isTold, { deadlineMs, intervalMs: 50, what: "the aggregator to tell" });

      await acceptLog(log, await lake.existingTable("events"), topics.clicks);
      await waitFor(() => aggregator.health().length === 0, { deadlineMs, intervalMs: 50, what: "ready again" });
      await after.stop();
      const accepted = new Set([...before.accepted, ...after.accepted]);
      const isWhole = async (): Promise<boolean> => new Set(await idsIn(lake)).size >= accepted.size;
      await waitFor(isWhole, { deadlineMs, intervalMs: 100, what: "everything in the lake" });
      const ids = await idsIn(lake);
      expect(new Set(ids).size).toBe(ids.length);
      const stored = new Set(ids);
      expect([...accepted].filter((id) => !stored.has(id))).toEqual([]);
    } finally {
      for (const cleanUp of cleanUps.reverse()) await cleanUp();
    }
  });
});
