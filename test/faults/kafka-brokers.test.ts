import { afterAll, beforeAll, describe, it } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { bootstrapServers, type KafkaCluster, startKafka, stopKafka } from "@footfall/testkit/kafka";
import { canRunKafka } from "../kafka/kafka-or-skip.ts";
import { faultRuns, faultSeed, runFault } from "./fault-run.ts";
import { type KafkaShop, startKafkaShop } from "./kafka-shop.ts";

const deadMsMax = 3_000;

describe.runIf(canRunKafka())(`deaths of brokers, each ${faultRuns} times (seed ${faultSeed})`, () => {
  let folder: TemporaryFolder;
  let shop: KafkaShop;
  let cluster: KafkaCluster;
  const start = (): Promise<KafkaCluster> =>
    startKafka({ jarsFolder: ".kafka", folder: folder.path, version: "4.4.0", brokers: 3 });
  beforeAll(async () => {
    folder = await temporaryFolder();
    cluster = await start();
    shop = await startKafkaShop({ brokers: bootstrapServers(cluster) });
  }, 240_000);
  afterAll(async () => {
    await shop?.stop();
    await stopKafka(folder.path);
    await folder.remove();
  });

  it("kill -9 of one of three brokers", async () => {
    await runFault(shop, "kill -9 of one of three brokers", async (random) => {
      process.kill(cluster.brokers[Math.floor(random() * cluster.brokers.length)]!.pid, "SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, random() * deadMsMax));
      cluster = await start();
    });
  });

  it("kill -9 of all brokers", async () => {
    await runFault(shop, "kill -9 of all three brokers", async (random) => {
      for (const { pid } of cluster.brokers) process.kill(pid, "SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, random() * deadMsMax));
      cluster = await start();
    });
  });
});
