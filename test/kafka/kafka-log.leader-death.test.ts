import { join } from "node:path";
import { errorCodeOf } from "@footfall/base";
import type { EventLog, LogBatch } from "@footfall/log";
import { type KafkaLogEvent, openKafkaLog } from "@footfall/log/kafka";
import { readAll, record, type TemporaryFolder, temporaryFolder, waitFor, textOf } from "@footfall/testkit";
import { bootstrapServers, type KafkaCluster, startKafka, stopKafka } from "@footfall/testkit/kafka";
import { type Admin, Kafka, logLevel } from "kafkajs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { canRunKafka } from "./kafka-or-skip.ts";

const partitions = 6;
const deadlineMs = 90_000;
const wait = <T>(condition: () => T | Promise<T>) => waitFor(condition, { deadlineMs, intervalMs: 50 });

describe.skipIf(!canRunKafka())("the Kafka log on three brokers", { timeout: 240_000 }, () => {
  let temporary: TemporaryFolder;
  let cluster: KafkaCluster;
  const logs: EventLog[] = [];
  const events: KafkaLogEvent[] = [];

  const start = (): Promise<KafkaCluster> =>
    startKafka({ jarsFolder: ".kafka", folder: join(temporary.path, "cluster"), version: "4.4.0", brokers: 3 });

  beforeAll(async () => {
    temporary = await temporaryFolder();
    cluster = await start();
  }, 180_000);
  afterEach(async () => {
    await Promise.all(logs.splice(0).map((log) => log.close()));
    cluster = await start();
  }, 120_000);
  afterAll(async () => {
    await stopKafka(join(temporary.path, "cluster"));
    await temporary.remove();
  }, 60_000);

  async function open(): Promise<EventLog> {
    const observer = (event: KafkaLogEvent): void => void events.push(event);
    const log = await openKafkaLog({ brokers: bootstrapServers(cluster), clientId: "test", observer });
    logs.push(log);
    return log;
  }

  async function askAdmin<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const kafka = new Kafka({ brokers: bootstrapServers(cluster), logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    try {
      return await question(admin);
    } finally {
      await admin.disconnect();
    }
  }

  async function create(log: EventLog, topic: string): Promise<void> {
    await log.createTopic({ name: topic, partitions });
    // The broker that is asked may be the last one to know the topic.
    const copies = await waitFor(() => askAdmin((admin) => admin.fetchTopicMetadata({ topics: [topic] })), {
      deadlineMs: 30_000,
      what: "the topic on each broker",
    });
    expect(copies.topics[0]!.partitions.map(({ replicas }) => replicas.length)).toEqual(Array(partitions).fill(3));
  }

  function kill(nodeId: number): void {
    process.kill(cluster.brokers.find((broker) => broker.nodeId === nodeId)!.pid, "SIGKILL");
  }

  /** Appends to all partitions from several sides until told to stop. */
  function produce(log: EventLog, topic: string) {
    const accepted: string[] = [];
    const failures: string[] = [];
    let isOver = false;
    const producers = Array.from({ length: 8 }, async (_, producer) => {
      for (let i = 0; !isOver; i++) {
        const values = Array.from({ length: 12 }, (_x, at) => `${producer}-${i}-${at}`);
        const append = log.append(
          topic,
          values.map((value) => record(value, value)),
        );
        await append.then(
          () => accepted.push(...values),
          (error: unknown) => failures.push(errorCodeOf(error)),
        );
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    const stop = async (): Promise<void> => {
      isOver = true;
      await Promise.all(producers);
    };
    return { accepted, failures, stop };
  }

  for (const victim of ["a leader", "the controller"]) {
    it(`keeps every accepted record while ${victim} is killed under load`, async () => {
      const log = await open();
      const topic = `death-of-${victim.replaceAll(" ", "-")}`;
      await create(log, topic);
      const delivered = new Set<string>();
      const onBatch = async ({ records }: LogBatch): Promise<void> => {
        for (const found of records) delivered.add(textOf(found));
      };
      await log.subscribe({ topics: [topic], from: "earliest", group: topic, onBatch });
      const load = produce(log, topic);
      await wait(() => load.accepted.length > 1000);
      const { controller, brokers } = await askAdmin((admin) => admin.describeCluster());
      const other = brokers.find(({ nodeId }) => nodeId !== controller)!.nodeId;
      kill(victim === "a leader" ? other : controller!);
      const atDeath = load.accepted.length;
      await wait(() => load.accepted.length > atDeath + 3000);
      cluster = await start();
      const atReturn = load.accepted.length;
      await wait(() => load.accepted.length > atReturn + 1000);
      await load.stop();

      const found: string[] = [];
      for (let partition = 0; partition < partitions; partition++) {
        found.push(...(await readAll(log, topic, partition)).map(textOf));
      }
      const distinct = new Set(found);
      expect(load.accepted.filter((value) => !distinct.has(value))).toEqual([]);
      await wait(() => load.accepted.every((value) => delivered.has(value)));
      const repeats = found.length - distinct.size;
      console.log(`${victim}: ${load.accepted.length} accepted, ${repeats} twice, ${load.failures.length} refused`);
    });
  }

  it("creates topics, appends and subscribes anew while the controller that others remember is dead", async () => {
    const before = await open();
    await create(before, "known");
    await before.append("known", [record("a", "1")]);
    const { controller } = await askAdmin((admin) => admin.describeCluster());
    kill(controller!);
    const log = await open(); // its metadata name the dead controller for a while
    await Promise.all([
      before.createTopic({ name: "made-without-the-controller", partitions: 2 }),
      log.append("known", [record("a", "2")]),
      before.append("known", [record("a", "3")]),
    ]);
    const seen: string[] = [];
    const onBatch = async ({ records }: LogBatch): Promise<void> => void seen.push(...records.map(textOf));
    await log.subscribe({ topics: ["known"], from: "earliest", onBatch });
    await wait(() => new Set(seen).size === 3);
    expect((await log.topics()).map(({ name }) => name)).toContain("made-without-the-controller");
  });
});
