import { randomUUID } from "node:crypto";
import { errorCodeOf } from "@footfall/base";
import type { EventLog, LogBatch } from "@footfall/log";
import { type KafkaLogEvent, type KafkaLogOptions, openKafkaLog } from "@footfall/log/kafka";
import { readAll, record, waitFor, textOf } from "@footfall/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { canRunKafka } from "./kafka-or-skip.ts";
import { type ProxiedKafka, startProxiedKafka } from "./proxied-kafka.ts";

const deadlineMs = 60_000;
const wait = <T>(condition: () => T | Promise<T>) => waitFor(condition, { deadlineMs, intervalMs: 20 });

describe.skipIf(!canRunKafka())("the Kafka log over broken connections", () => {
  let kafka: ProxiedKafka;
  let topic: string;
  let events: KafkaLogEvent[];
  const logs: EventLog[] = [];
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): void => void rejections.push(reason);

  beforeAll(async () => {
    kafka = await startProxiedKafka();
    process.on("unhandledRejection", onRejection);
  }, 120_000);
  afterAll(async () => {
    process.off("unhandledRejection", onRejection);
    await kafka.stop();
  });

  async function open(options: Partial<KafkaLogOptions> = {}): Promise<EventLog> {
    const observer = (event: KafkaLogEvent): void => void events.push(event);
    const log = await openKafkaLog({ brokers: kafka.brokers, clientId: "test", observer, ...options });
    logs.push(log);
    return log;
  }

  beforeEach(async () => {
    events = [];
    topic = `broken-${randomUUID()}`;
    await (await open({ brokers: kafka.directBrokers() })).createTopic({ name: topic, partitions: 2 });
  });
  afterEach(async () => {
    kafka.proxy.resume();
    await Promise.all(logs.splice(0).map((log) => log.close()));
    expect(rejections).toEqual([]);
  });

  async function valuesOf(log: EventLog): Promise<string[]> {
    const records = await Promise.all([0, 1].map((partition) => readAll(log, topic, partition)));
    return records.flat().map(textOf);
  }

  it("leaves connections that forward nothing any more (K4)", async () => {
    const log = await open();
    const delivered = new Set<string>();
    const onBatch = async ({ records }: LogBatch): Promise<void> => {
      for (const found of records) delivered.add(textOf(found));
    };
    await log.subscribe({ topics: [topic], from: "earliest", group: randomUUID(), onBatch });
    await log.append(topic, [record("a", "1")]);
    await wait(() => delivered.has("1"));
    kafka.proxy.stall();
    await log.append(topic, [record("a", "2")]);
    await wait(() => delivered.has("2"));
    expect(await log.offsets(topic)).toHaveLength(2);
  });

  it("keeps what is appended while connections are cut, each record once", async () => {
    const log = await open();
    let isOver = false;
    const cutting = (async () => {
      while (!isOver) {
        kafka.proxy.cut();
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    })();
    const accepted: string[] = [];
    await Promise.all(
      Array.from({ length: 8 }, async (_, producer) => {
        for (let i = 0; i < 40; i++) {
          await log.append(topic, [record(`${producer}`, `${producer}-${i}`)]);
          accepted.push(`${producer}-${i}`);
        }
      }),
    );
    isOver = true;
    await cutting;
    const values = await valuesOf(await open({ brokers: kafka.directBrokers() }));
    expect(accepted.filter((value) => !values.includes(value))).toEqual([]);
    // The broker recognises what comes again from the same producer.
    if (!events.some(({ kind }) => kind === "producer-rebuilt")) expect(values).toHaveLength(320);
  });

  it("does not lose the next records after it gave some up that the broker had stored", async () => {
    const log = await open({ appendTimeoutMs: 4000 });
    await log.append(topic, [record("a", "first")]);
    kafka.proxy.pauseAnswers();
    expect(await log.append(topic, [record("a", "given up")]).catch(errorCodeOf)).toBe("LOG_UNAVAILABLE");
    const direct = await open({ brokers: kafka.directBrokers() });
    await wait(async () => (await valuesOf(direct)).includes("given up"));
    kafka.proxy.resume();
    const [place] = await log.append(topic, [record("a", "next")]);
    const [found] = await readAll(direct, topic, place!.partition, place!.offset);
    expect(textOf(found!)).toBe("next");
  });

  it("outlives a broker that is away for longer than all retries (K2), without a storm of requests (K3)", async () => {
    const log = await open({ appendTimeoutMs: 3000, sessionTimeoutMs: 2000 });
    const delivered = new Set<string>();
    const onBatch = async ({ records }: LogBatch): Promise<void> => {
      for (const found of records) delivered.add(textOf(found));
    };
    const grouped = await log.subscribe({ topics: [topic], from: "earliest", group: randomUUID(), onBatch });
    const follower = await log.subscribe({ topics: [topic], from: "latest", onBatch });
    await log.append(topic, [record("a", "before")]);
    await wait(() => delivered.has("before"));
    kafka.kill();
    kafka.proxy.cut();
    const connectionsBefore = kafka.proxy.connections;
    for (let round = 0; round < 4; round++) {
      const appends = Array.from({ length: 500 }, (_, i) => log.append(topic, [record(`${i}`, `lost-${i}`)]));
      const outcomes = await Promise.all(appends.map((append) => append.then(() => "stored", errorCodeOf)));
      expect(new Set(outcomes)).toEqual(new Set(["LOG_UNAVAILABLE"]));
    }
    expect(await log.offsets(topic).catch(errorCodeOf)).toBe("LOG_UNAVAILABLE");
    // 2,000 appends and four clients, in some 15 seconds.
    expect(kafka.proxy.connections - connectionsBefore).toBeLessThan(600);
    await kafka.restart();
    await wait(() =>
      log.append(topic, [record("a", "after")]).then(
        () => true,
        () => false,
      ),
    );
    await wait(() => delivered.has("after"));
    expect(events.some(({ kind }) => kind === "consumer-rebuilt")).toBe(true);
    await Promise.all([grouped.stop(), follower.stop()]);
    await Promise.all([grouped.done, follower.done]);
  });
});
