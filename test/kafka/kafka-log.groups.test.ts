import { randomUUID } from "node:crypto";
import type { Assignment, EventLog, LogBatch, LogGap, PartitionOffset, SubscribeOptions } from "@footfall/log";
import { type KafkaLogEvent, type KafkaLogOptions, openKafkaLog } from "@footfall/log/kafka";
import { record, waitFor, textOf } from "@footfall/testkit";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { canRunKafka } from "./kafka-or-skip.ts";
import { type ProxiedKafka, startProxiedKafka } from "./proxied-kafka.ts";

const deadlineMs = 60_000;
const partitions = 4;
const sessionTimeoutMs = 2000;
const wait = <T>(condition: () => T | Promise<T>) => waitFor(condition, { deadlineMs, intervalMs: 20 });

describe.skipIf(!canRunKafka())("groups of the Kafka log", () => {
  let kafka: ProxiedKafka;
  let log: EventLog;
  let topic: string;
  let group: string;
  let events: KafkaLogEvent[];
  let gaps: LogGap[];
  const logs: EventLog[] = [];

  beforeAll(async () => {
    kafka = await startProxiedKafka();
  }, 120_000);
  afterAll(() => kafka.stop());

  async function open(options: Partial<KafkaLogOptions> = {}): Promise<EventLog> {
    const observer = (event: KafkaLogEvent): void => void events.push(event);
    const onGap = (gap: LogGap): void => void gaps.push(gap);
    const brokers = kafka.directBrokers();
    const opened = await openKafkaLog({ brokers, clientId: "test", sessionTimeoutMs, observer, onGap, ...options });
    logs.push(opened);
    return opened;
  }

  beforeEach(async () => {
    [events, gaps] = [[], []];
    [topic, group] = [`groups-${randomUUID()}`, `group-${randomUUID()}`];
    log = await open();
    await log.createTopic({ name: topic, partitions });
  });
  afterEach(async () => {
    kafka.proxy.resume();
    await Promise.all(logs.splice(0).map((opened) => opened.close()));
  });

  async function appendMany(from: number, to: number): Promise<void> {
    const records = Array.from({ length: to - from }, (_, i) => record(null, String(from + i)));
    await log.append(topic, records);
  }

  /** A member that notes what happens to it, in order. */
  async function join(by: EventLog, more: Partial<SubscribeOptions> & { isFollower?: boolean } = {}) {
    const { isFollower = false, ...options } = more;
    const membership = isFollower ? {} : { group };
    const values: string[] = [];
    const told: Assignment[] = [];
    const onBatch = async (batch: LogBatch): Promise<void> => {
      values.push(...batch.records.map(textOf));
      await batch.ack();
    };
    const onAssignment = async (assignment: Assignment): Promise<PartitionOffset[]> => {
      told.push(assignment);
      return [];
    };
    const subscription = await by.subscribe({
      topics: [topic],
      ...membership,
      from: "earliest",
      onBatch,
      onAssignment,
      ...options,
    });
    return { subscription, values, told };
  }

  it("wait for a member's long batch, longer than its session, before they share out its partitions", async () => {
    await log.append(topic, [record("a", "long")]);
    let finish = (): void => {};
    const order: string[] = [];
    const onBatch = async (batch: LogBatch): Promise<void> => {
      order.push("begun");
      await new Promise<void>((resolve) => (finish = resolve));
      order.push("finished");
      await batch.ack();
    };
    const onAssignment = async ({ lost }: Assignment): Promise<PartitionOffset[]> => {
      if (lost.length > 0) order.push("lost");
      return [];
    };
    const first = await join(log, { onBatch, onAssignment });
    await wait(() => order.includes("begun"));
    const begunAtMs = performance.now();
    const joining = open().then((other) => join(other));
    await wait(() => performance.now() - begunAtMs > 2 * sessionTimeoutMs); // the point is that this time passes
    finish();
    const second = await joining;
    await wait(() => first.subscription.partitions.length === 2 && second.subscription.partitions.length === 2);
    expect(order).toEqual(["begun", "finished", "lost"]);
    expect(second.values).toEqual([]);
  });

  it("tell a member that was expelled that it lost everything, and take it back", async () => {
    const isolated = await open({ brokers: kafka.brokers });
    const first = await join(isolated);
    expect(first.subscription.partitions).toHaveLength(partitions);
    kafka.proxy.pause();
    const second = await join(log);
    await wait(() => second.subscription.partitions.length === partitions);
    await appendMany(0, 40);
    await wait(() => second.values.length === 40);
    kafka.proxy.resume();
    await wait(() => first.told.some(({ lost }) => lost.length === partitions));
    await wait(() => first.subscription.partitions.length === 2 && second.subscription.partitions.length === 2);
    await appendMany(40, 80);
    await wait(() => first.values.length + second.values.length === 80);
    expect(new Set([...first.values, ...second.values]).size).toBe(80);
    expect(first.values.every((value) => Number(value) >= 40)).toBe(true);
  });

  it("go on while members come and go (K1)", async () => {
    const steady = await join(log);
    const seen = new Set<string>();
    for (let round = 0; round < 4; round++) {
      const guest = await join(await open());
      await appendMany(round * 20, round * 20 + 20);
      await wait(() => {
        for (const value of [...steady.values, ...guest.values]) seen.add(value);
        return seen.size === round * 20 + 20;
      });
      await guest.subscription.stop();
    }
    await wait(() => steady.subscription.partitions.length === partitions);
    expect(steady.values.length).toBeGreaterThan(0);
  });

  it("get a new consumer in place of one that has fallen silent, and go on where they were", async () => {
    let aheadMs = 0;
    let hoursPerLook = 0;
    const watched = await open({ clock: () => performance.now() + (aheadMs += hoursPerLook * 3600_000) });
    const member = await join(watched);
    const follower = await join(watched, { isFollower: true, from: "latest" });
    await appendMany(0, 20);
    await wait(() => member.values.length === 20 && follower.values.length === 20);
    hoursPerLook = 1; // as if nothing had been heard for hours, whenever somebody looks
    await wait(() => new Set(events.map((event) => event.kind === "consumer-rebuilt" && event.group)).size >= 3);
    hoursPerLook = 0;
    await appendMany(20, 40);
    await wait(() => member.values.length >= 40 && follower.values.length >= 40);
    expect(new Set(member.values).size).toBe(40);
    expect(follower.values.toSorted()).toEqual(Array.from({ length: 40 }, (_, i) => String(i)).toSorted());
  });

  it("tell of records that were deleted before they were read, at the start and on the way", async () => {
    const values = Array.from({ length: 20 }, (_, i) => record("a", String(i)));
    const { partition } = (await log.append(topic, values))[0]!;
    await deleteBefore(partition, 5n);
    const member = await join(log, { onAssignment: async () => [{ topic, partition, offset: 0n }] });
    await wait(() => member.values.length === 15);
    expect(gaps).toEqual([{ topic, partition, startOffset: 0n, endOffset: 5n }]);
    member.subscription.pause();
    await log.append(topic, values);
    await deleteBefore(partition, 30n);
    member.subscription.resume();
    await wait(() => member.values.length === 25);
    expect(gaps[1]).toEqual({ topic, partition, startOffset: 20n, endOffset: 30n });
    expect(gaps).toHaveLength(2);
    await expect(log.read({ topic, partition, startOffset: 0n })[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "LOG_OFFSET_OUT_OF_RANGE",
    });
  });

  async function deleteBefore(partition: number, offset: bigint): Promise<void> {
    const brokers = [...kafka.directBrokers()];
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    // The broker may not lead every partition of a new topic yet, and kafkajs neither asks who does nor tries again.
    await wait(async () => {
      await admin.fetchTopicMetadata({ topics: [topic] });
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
      return true;
    });
    await admin.disconnect();
  }
});
