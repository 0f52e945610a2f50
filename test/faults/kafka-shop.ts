import { join } from "node:path";
import type { TenantId } from "@footfall/base";
import { demoWriteKeys, saveWriteKeys, storageFolders, type WriteKey } from "@footfall/runtime";
import { freePorts, temporaryFolder } from "@footfall/testkit";
import { type AppProcess, startApp } from "../app-process.ts";
import { type FaultyShop, openFaultyShop } from "./faulty-shop.ts";

export type ShopApp = "collector" | "aggregator" | "recommender";

/** Collector, aggregator and recommender as they run in production: processes of their own around a Kafka. */
export interface KafkaShop extends FaultyShop {
  readonly liveKey: string;
  readonly storageDir: string;
  process(app: ShopApp): AppProcess;
  /** kill -9, and a new start in its place. */
  killAndRestart(app: ShopApp): Promise<void>;
  /** One more aggregator, in the same group. */
  startAggregator(): Promise<AppProcess>;
  stop(): Promise<void>;
}

export interface KafkaShopOptions {
  readonly brokers: readonly string[];
  /** Where the collector finds Kafka, if not where the others do. */
  readonly collectorBrokers?: readonly string[];
  /** Settings and variables of all processes. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly storageDir?: string;
}

/** Of the pages of a second shop in the same installation. */
const secondShop: WriteKey = { key: "second", tenant: "second" as TenantId, origins: ["*"], isHistoric: false };

const settings = {
  FOOTFALL_LOG_LEVEL: "info",
  FOOTFALL_AGGREGATOR_COMMIT_INTERVAL_MS: "300",
  FOOTFALL_AGGREGATOR_DERIVE_INTERVAL_MS: "1000",
  FOOTFALL_AGGREGATOR_IDLE_TIMEOUT_MS: "1000",
};

export async function startKafkaShop(options: KafkaShopOptions): Promise<KafkaShop> {
  const folder = await temporaryFolder();
  const storageDir = options.storageDir ?? join(folder.path, "storage");
  const { tables } = storageFolders(storageDir);
  await saveWriteKeys(storageDir, [...demoWriteKeys.values(), secondShop]);
  // Who is started again listens where it did, so that clients find it.
  const [collector, recommender] = await freePorts(2);
  const ports = { collector: collector!, aggregator: 0, recommender: recommender! };
  const running = new Map<ShopApp, AppProcess>();
  const moreAggregators: AppProcess[] = [];
  const start = (app: ShopApp): Promise<AppProcess> => {
    const brokers = (app === "collector" && options.collectorBrokers) || options.brokers;
    return startApp(app, storageDir, {
      ...settings,
      ...options.environment,
      FOOTFALL_KAFKA_BROKERS: brokers.join(","),
      [`FOOTFALL_${app.toUpperCase()}_PORT`]: String(ports[app]),
    });
  };
  // The collector makes the topics, so it comes first.
  for (const app of ["collector", "aggregator", "recommender"] as const) running.set(app, await start(app));
  const process = (app: ShopApp): AppProcess => running.get(app)!;
  const shop = await openFaultyShop(tables, {
    collector: process("collector").url,
    recommender: process("recommender").url,
  });

  return {
    ...shop,
    liveKey: secondShop.key,
    storageDir,
    process,
    async killAndRestart(app) {
      await process(app).kill();
      running.set(app, await start(app));
    },
    async startAggregator() {
      const another = await start("aggregator");
      moreAggregators.push(another);
      return another;
    },
    async stop() {
      // Those that do not end by themselves must not outlive the test.
      await Promise.all([...running.values(), ...moreAggregators].map((app) => app.kill()));
      shop.lake.close();
      await folder.remove();
    },
  };
}
