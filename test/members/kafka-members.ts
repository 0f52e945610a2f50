import { join } from "node:path";
import { topics } from "@footfall/events";
import type { EventLog } from "@footfall/log";
import { openKafkaLog } from "@footfall/log/kafka";
import { freePorts, startTcpProxy, type TcpProxy, temporaryFolder, waitFor } from "@footfall/testkit";
import { bootstrapServers, startKafka, stopKafka } from "@footfall/testkit/kafka";
import { Kafka, logLevel } from "kafkajs";
import type { MembersLog } from "./random-membership.ts";

/** Members of one schedule, each of which needs a way of its own to the broker. */
const waysMax = 16;
const sessionTimeoutMs = 2000;

/** A broker that each member reaches through a proxy of its own. */
export interface MembersKafka {
  /** Topics without records. */
  open(partitions: number): Promise<MembersLog & { readonly close: () => Promise<void> }>;
  stop(): Promise<void>;
}

interface Way {
  readonly name: string;
  readonly port: number;
  readonly proxy: TcpProxy;
}

export async function startMembersKafka(): Promise<MembersKafka> {
  const folder = await temporaryFolder();
  const ways = await Promise.all(
    (await freePorts(waysMax)).map(async (port, i): Promise<Way> => ({
      name: `MEMBER${i}`,
      port,
      proxy: await startTcpProxy(port),
    })),
  );
  const own = { jarsFolder: ".kafka", folder: join(folder.path, "cluster"), version: "4.4.0", brokers: 1 };
  const listeners = (portOf: (way: Way) => number): string =>
    ways.map((way) => `${way.name}://127.0.0.1:${portOf(way)}`).join(",");
  const cluster = await startKafka({
    ...own,
    settings: ({ port, controllerPort }) => ({
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort},${listeners((way) => way.port)}`,
      "advertised.listeners": `PLAINTEXT://127.0.0.1:${port},${listeners((way) => way.proxy.port)}`,
      "listener.security.protocol.map": ["CONTROLLER", "PLAINTEXT", ...ways.map((way) => way.name)]
        .map((name) => `${name}:PLAINTEXT`)
        .join(","),
      "group.min.session.timeout.ms": 1000,
      "num.network.threads": 1,
    }),
  });
  const brokers = bootstrapServers(cluster);
  return {
    open: (partitions) => openMembersLog({ brokers, ways, partitions }),
    async stop() {
      await Promise.all(ways.map(({ proxy }) => proxy.close()));
      await stopKafka(own.folder);
      await folder.remove();
    },
  };
}

async function openMembersLog(kafka: {
  readonly brokers: readonly string[];
  readonly ways: readonly Way[];
  readonly partitions: number;
}): Promise<MembersLog & { readonly close: () => Promise<void> }> {
  const { brokers, ways, partitions } = kafka;
  await removeTopics(brokers);
  const open = (at: readonly string[]): Promise<EventLog> =>
    openKafkaLog({ brokers: at, clientId: "members", sessionTimeoutMs });
  const log = await open(brokers);
  await log.createTopic({ name: topics.clicks, partitions });
  await log.createTopic({ name: topics.rejected, partitions: 1 });
  let taken = 0;
  return {
    log,
    partitions,
    openLog(gate) {
      const { proxy } = ways[taken++]!;
      gate.onChange((isClosed) => (isClosed ? proxy.pause() : proxy.resume()));
      return open([`127.0.0.1:${proxy.port}`]);
    },
    close: () => log.close(),
  };
}

/** Those of the run before; the names are the product's own. */
async function removeTopics(brokers: readonly string[]): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const present = async () =>
      (await admin.listTopics()).filter((topic) => topic === topics.clicks || topic === topics.rejected);
    const old = await present();
    if (old.length === 0) return;
    await admin.deleteTopics({ topics: old });
    await waitFor(async () => (await present()).length === 0, { deadlineMs: 30_000, what: "topics to be gone" });
  } finally {
    await admin.disconnect();
  }
}
