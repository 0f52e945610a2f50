import { randomUUID } from "node:crypto";
import { createAggregator } from "@footfall/aggregator";
import { manualClock } from "@footfall/base";
import { encodeEnvelope, topics } from "@footfall/events";
import { follow } from "@footfall/ingest";
import { openLake } from "@footfall/lake";
import type { EventLog, RecordPlace } from "@footfall/log";
import { openKafkaLog, type KafkaLogEvent } from "@footfall/log/kafka";
import { createLogger, Registry } from "@footfall/runtime";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import kafkajs, { type Admin, Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { envelope, startMs } from "../../apps/aggregator/test/pipeline-fixture.ts";
import { canRunKafka } from "./kafka-or-skip.ts";
import { type ProxiedKafka, startProxiedKafka } from "./proxied-kafka.ts";

/** A client with the library's own settings would notice after 300 s. */
const deadlineMs = 60_000;

describe.skipIf(!canRunKafka())("topics that change while apps run", () => {
  const cleanUps: (() => Promise<unknown>)[] = [];
  const events: KafkaLogEvent[] = [];
  let kafka: ProxiedKafka;
  let admin: Admin;
  let folder: string;

  beforeAll(async () => {
    const temporary = await temporaryFolder();
    folder = temporary.path;
    cleanUps.push(() => temporary.remove());
    kafka = await startProxiedKafka();
    cleanUps.push(() => kafka.stop());
    admin = new Kafka({ brokers: [...kafka.directBrokers()], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    cleanUps.push(() => admin.disconnect());
  }, 120_000);
  afterAll(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });

  async function open(brokers = kafka.brokers): Promise<EventLog> {
    const observer = (event: KafkaLogEvent): void => void events.push(event);
    const log = await openKafkaLog({ brokers, clientId: "test", sessionTimeoutMs: 6_000, observer });
    cleanUps.push(() => log.close());
    return log;
  }

  it("are read on the partitions that were added, from their start, within seconds", async () => {
    const log = await open();
    const clock = manualClock(startMs);
    const lake = await openLake({ root: `${folder}/tables`, clock: clock.now, threads: 1 });
    cleanUps.push(() => lake.close());
    await log.createTopic({ name: topics.clicks, partitions: 1 });
    await log.createTopic({ name: topics.rejected, partitions: 1 });
    const logger = createLogger({ name: "aggregator", level: "silent" });
    const common = { log, lake, clock: clock.now, logger, registry: new Registry() };
    const aggregator = await createAggregator({ ...common, commitIntervalMs: 100 });
    cleanUps.push(() => aggregator.stop());
    const followers = ([0, "latest"] as const).map((from) => {
      const seen: string[] = [];
      const decode = ({ key }: { key: string | null }) => key ?? undefined;
      const take = (keys: readonly string[]): void => void seen.push(...keys);
      const onFailure = (error: unknown): void => void failures.push(error);
      const contact = { app: "recommender" as const, clock: clock.now, registry: new Registry() };
      const reading = { name: "clicks", log, contact, topics: [topics.clicks], from: () => from };
      const follower = follow({ ...reading, decode, take, onFailure });
      cleanUps.push(() => follower.stop());
      return { follower, seen };
    });
    const failures: unknown[] = [];
    await Promise.all(followers.map(({ follower }) => follower.begun));
    const send = (by: EventLog, visitors: readonly string[]): Promise<readonly RecordPlace[]> => {
      const records = visitors.map((visitorId) => {
        const event = envelope({ occurredAtMs: startMs, visitorId, eventId: randomUUID() });
        return { key: visitorId, value: Buffer.from(encodeEnvelope(event)) };
      });
      return by.append(topics.clicks, records);
    };
    const inLake = async (): Promise<string[]> => {
      if (!(await lake.tableNames()).includes("events")) return [];
      const rows = await lake.query<{ visitor_id: string }>("SELECT visitor_id FROM events");
      return rows.map((row) => row.visitor_id).toSorted();
    };
    await send(log, ["before"]);
    await waitFor(async () => (await inLake()).length === 1, { deadlineMs, intervalMs: 50 });
    await waitFor(() => followers.every(({ seen }) => seen.length === 1), { deadlineMs });

    kafka.proxy.pause(); // so that nobody can have noticed before the records are there
    await admin.createPartitions({ topicPartitions: [{ topic: topics.clicks, count: 8 }] });
    const visitors = Array.from({ length: 40 }, (_, at) => `after-${at}`);
    const places = await send(await open(kafka.directBrokers()), visitors); // a client that begins now knows all partitions
    expect(new Set(places.map(({ partition }) => partition)).size).toBe(8);
    const addedAtMs = performance.now();
    kafka.proxy.resume();
    const expected = ["before", ...visitors].toSorted();
    const isRead = async (): Promise<boolean> =>
      followers.every(({ seen }) => seen.length >= expected.length) && (await inLake()).length >= expected.length;
    await waitFor(isRead, { deadlineMs, intervalMs: 50, what: "the added partitions to be read" });
    const tookMs = performance.now() - addedAtMs;
    for (const { seen } of followers) expect(seen.toSorted()).toEqual(expected);
    expect(await inLake()).toEqual(expected);
    expect(failures).toEqual([]);
    // Reported only: what takes some seconds takes longer where others have the processors.
    console.log(`added partitions were read after ${Math.round(tookMs)} ms`);
  });

  it("keep what else was set of them when their retention changes, and are told", async () => {
    const log = await open();
    const topic = `settings-${randomUUID()}`;
    await log.createTopic({ name: topic, partitions: 2, retentionMs: 86_400_000 });
    const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic };
    const own = [
      { name: "max.message.bytes", value: "2000000" },
      { name: "retention.ms", value: "86400000" },
    ];
    await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries: own }] });
    events.length = 0;
    await log.createTopic({ name: topic, partitions: 1, retentionMs: 3_600_000, retentionBytesMax: 1_000_001 });
    const before = { retentionMs: 86_400_000 };
    const after = { retentionMs: 3_600_000, retentionBytesMax: 1_000_001 };
    expect(events).toEqual([
      { kind: "partitions-kept", topic, partitions: 2, asked: 1 },
      { kind: "topic-changed", topic, before, after },
    ]);
    const valueOf = async (name: string): Promise<string | undefined> => {
      const found = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] });
      return found.resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue;
    };
    await waitFor(async () => (await valueOf("retention.ms")) === "3600000", { deadlineMs, intervalMs: 50 });
    expect(await valueOf("retention.bytes")).toBe("500001");
    expect(await valueOf("max.message.bytes")).toBe("2000000");
  });
});
