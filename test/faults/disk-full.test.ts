import { join } from "node:path";
import { storageFolders } from "@footfall/runtime";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { afterAll, beforeAll, describe, it } from "vitest";
import { canRunKafka } from "../kafka/kafka-or-skip.ts";
import { type ProxiedKafka, startProxiedKafka } from "../kafka/proxied-kafka.ts";
import { faultRuns, faultSeed, runFault } from "./fault-run.ts";
import { type KafkaShop, startKafkaShop } from "./kafka-shop.ts";
import { mountTmpfs, type SmallDisk } from "./mount-tmpfs.ts";

const spoolMegabytes = 24;
const tablesMegabytes = 1024;
const noticeMsMax = 30_000;
const fullMsMax = 2_000;

describe.runIf(canRunKafka())(`full disks, each ${faultRuns} times (seed ${faultSeed})`, () => {
  let folder: TemporaryFolder;
  let kafka: ProxiedKafka;
  let shop: KafkaShop;
  let spoolDisk: SmallDisk | undefined;
  let tablesDisk: SmallDisk | undefined;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const storageDir = join(folder.path, "storage");
    const { spool, tables } = storageFolders(storageDir);
    spoolDisk = await mountTmpfs(spool, spoolMegabytes);
    tablesDisk = await mountTmpfs(tables, tablesMegabytes);
    kafka = await startProxiedKafka();
    // The free-space check would make the collector unready at once on a disk this small.
    const environment = { FOOTFALL_COLLECTOR_DISK_FREE_BYTES_MIN: "0" };
    shop = await startKafkaShop({ brokers: kafka.directBrokers(), storageDir, environment });
  }, 180_000);
  afterAll(async () => {
    await shop?.stop();
    await kafka?.stop();
    spoolDisk?.unmount();
    tablesDisk?.unmount();
    await folder.remove();
  });

  it("a full disk under the spool while the broker is away", async ({ skip }) => {
    if (!spoolDisk) return skip();
    const disk = spoolDisk;
    await runFault(shop, "disk full under the spool, broker paused", async (random, load) => {
      kafka.pause();
      await disk.fill();
      const { failedRequests } = load.ledger;
      const what = "events to be refused";
      await waitFor(() => load.ledger.failedRequests > failedRequests, { deadlineMs: noticeMsMax, what });
      await new Promise((resolve) => setTimeout(resolve, random() * fullMsMax));
      await disk.free();
      kafka.resume();
    });
  });

  it("a full disk under the lake", async ({ skip }) => {
    if (!tablesDisk) return skip();
    const disk = tablesDisk;
    await runFault(shop, "disk full under the lake", async (random) => {
      await disk.fill();
      const isNoticed = async (): Promise<boolean> => {
        const response = await fetch(`${shop.process("aggregator").operatorUrl}/health`);
        return (await response.text()).includes("LAKE_UNAVAILABLE");
      };
      await waitFor(isNoticed, { deadlineMs: noticeMsMax, intervalMs: 20, what: "the full disk in /health" });
      await new Promise((resolve) => setTimeout(resolve, random() * fullMsMax));
      await disk.free();
    });
  });
});
