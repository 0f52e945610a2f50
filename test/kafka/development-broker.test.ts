import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { errorCodeOf } from "@footfall/base";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { bootstrapServers, type KafkaCluster, startKafka, stopKafka } from "@footfall/testkit/kafka";
import { type Admin, Kafka, logLevel } from "kafkajs";
import { afterEach, describe, expect, it } from "vitest";
import { canRunKafka } from "./kafka-or-skip.ts";

const topic = "clicks";
const partitionCount = 4;
const version = "4.4.0";
const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function clusterFolder(): Promise<string> {
  const temporary = await temporaryFolder();
  const folder = join(temporary.path, "cluster");
  cleanUps.push(() => temporary.remove());
  cleanUps.push(() => stopKafka(folder));
  return folder;
}

function start(folder: string, brokers: number): Promise<KafkaCluster> {
  return startKafka({ jarsFolder: ".kafka", folder, version, brokers });
}

function clientOf(cluster: KafkaCluster, retries = 50): Kafka {
  return new Kafka({
    brokers: bootstrapServers(cluster),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1000,
    requestTimeout: 3000,
    retry: { retries, initialRetryTime: 100, maxRetryTime: 1000 },
  });
}

/**
 * Creates the topic, and gives a producer that appends what every in-sync copy has to hold.
 * A send names one partition, since kafkajs loses records of a send to several leaders when one of them dies: where
 * the partition moves to a leader that has answered already, it is not sent again, and the send succeeds all the same.
 * It is not idempotent, since kafkajs loses count of its sequence numbers then; what comes twice does no harm here.
 */
async function connectProducer(cluster: KafkaCluster): Promise<(values: readonly string[]) => Promise<void>> {
  await askAdmin(cluster, (admin) => admin.createTopics({ topics: [{ topic, numPartitions: partitionCount }] }));
  const producer = clientOf(cluster).producer();
  await producer.connect();
  cleanUps.push(() => producer.disconnect());
  return async (values) => {
    for (let partition = 0; partition < partitionCount; partition += 1) {
      const messages = values
        .filter((_, at) => at % partitionCount === partition)
        .map((value) => ({ value, partition }));
      await producer.send({ topic, acks: -1, messages });
    }
  };
}

/** Distinct values in order. */
async function consume(cluster: KafkaCluster, count: number): Promise<string[]> {
  const consumer = clientOf(cluster).consumer({ groupId: `reader-${performance.now()}`, maxWaitTimeInMs: 100 });
  const values = new Set<string>();
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void values.add(message.value!.toString()) });
  try {
    await waitFor(() => values.size >= count, { deadlineMs: 30_000, what: `${count} records` });
  } finally {
    await consumer.disconnect();
  }
  return [...values].toSorted();
}

async function askAdmin<T>(cluster: KafkaCluster, ask: (admin: Admin) => Promise<T>, retries?: number): Promise<T> {
  const admin = clientOf(cluster, retries).admin();
  await admin.connect();
  try {
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Brokers that hold all of a partition, by partition. */
async function copiesOf(cluster: KafkaCluster): Promise<number[]> {
  const { topics } = await askAdmin(cluster, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
  return topics.flatMap(({ partitions }) => partitions.map(({ isr }) => isr.length));
}

const valuesOf = (name: string): string[] => Array.from({ length: 50 }, (_, at) => `${name}-${100 + at}`);

describe.skipIf(!canRunKafka())("the development broker", () => {
  it("keeps its records and its identity from one start to the next", async () => {
    const folder = await clusterFolder();
    const first = await start(folder, 1);
    const produce = await connectProducer(first);
    await produce(valuesOf("a"));
    expect(await start(folder, 1)).toEqual(first);
    expect(await stopKafka(folder)).toBe(1);
    expect(await stopKafka(folder)).toBe(0);
    const second = await start(folder, 1);
    expect(second.clusterId).toBe(first.clusterId);
    expect(await consume(second, 50)).toEqual(valuesOf("a"));
  });

  it("keeps its ports, and says what to do where another program has taken one", async () => {
    const folder = await clusterFolder();
    const first = await start(folder, 1);
    expect(await stopKafka(folder)).toBe(1);
    const again = await start(folder, 1);
    expect(bootstrapServers(again)).toEqual(bootstrapServers(first));
    expect(await stopKafka(folder)).toBe(1);
    const { port } = first.brokers[0]!;
    const other = createServer().listen(port, "127.0.0.1");
    cleanUps.push(() => new Promise((resolve) => other.close(resolve)));
    await once(other, "listening");
    const options = { jarsFolder: ".kafka", folder, version, brokers: 1 };
    await expect(startKafka({ ...options, mayMove: false })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(new RegExp(`${port}[^]*--new-ports`)) as string,
    });
    const moved = await startKafka(options);
    expect(moved.clusterId).toBe(first.clusterId);
    expect(bootstrapServers(moved)).not.toEqual(bootstrapServers(first));
  });

  it("as three brokers takes and keeps records while one of them is killed, and starts it again", async () => {
    const folder = await clusterFolder();
    const cluster = await start(folder, 3);
    const produce = await connectProducer(cluster);
    await produce(valuesOf("a"));
    process.kill(cluster.brokers[1]!.pid, "SIGKILL");
    await produce(valuesOf("b"));
    const again = await start(folder, 3);
    expect(again.brokers.map(({ port }) => port)).toEqual(cluster.brokers.map(({ port }) => port));
    await waitFor(async () => (await copiesOf(again)).every((copies) => copies === 3), {
      deadlineMs: 60_000,
      intervalMs: 200,
      what: "the broker to have caught up",
    });
    expect(await consume(again, 100)).toEqual([...valuesOf("a"), ...valuesOf("b")]);

    // A start waits for the broker itself: the others list it for seconds after its death.
    process.kill(again.brokers[2]!.pid, "SIGKILL");
    const { brokers, ...rest } = await start(folder, 3);
    const found = await askAdmin({ ...rest, brokers: [brokers[2]!] }, (admin) => admin.describeCluster(), 0);
    expect(found.brokers).toHaveLength(3);
  });

  it("refuses a folder that holds a cluster of another size, and leaves that one alone", async () => {
    const folder = await clusterFolder();
    const cluster = await start(folder, 1);
    const refused = await start(folder, 3).catch((error: unknown) => errorCodeOf(error));
    expect(refused).toBe("CONFIG_INVALID");
    expect(await start(folder, 1)).toEqual(cluster);
  });
});
