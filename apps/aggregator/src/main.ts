import { systemClock } from "@footfall/base";
import { openLake } from "@footfall/lake";
import { openLog } from "@footfall/log/open";
import {
  createLogger,
  createMetricsRegistry,
  describeConfig,
  logObserver,
  readConfig,
  runMain,
  startServer,
  storageFolders,
} from "@footfall/runtime";
import { aggregatorSettings } from "./config.ts";
import { createAggregator } from "./create-aggregator.ts";
import { createLakeMaintenance } from "./lake-maintenance.ts";

await runMain(async () => {
  const config = readConfig("aggregator", aggregatorSettings, process.env);
  const logger = createLogger({ name: "aggregator", level: config.logLevel });
  logger.info({ config: describeConfig(aggregatorSettings, config) }, "starting");
  const registry = createMetricsRegistry();
  const folders = storageFolders(config.storageDir);
  const log = await openLog({
    settings: config,
    folder: folders.log,
    clientId: "footfall-aggregator",
    ...logObserver("aggregator", logger, registry),
  });
  const lake = await openLake({
    root: folders.tables,
    clock: systemClock,
    threads: config.lakeThreads,
    onWarning: (error) => logger.warn({ error }, "lake"),
  });
  const aggregator = await createAggregator({ ...config, log, lake, clock: systemClock, logger, registry });
  const maintenance = { lake, clock: systemClock, logger, registry, modelsFolder: folders.models };
  const services = [aggregator, createLakeMaintenance(maintenance)];
  const server = await startServer({ ...config, services, logger, registry });
  logger.info({ url: server.url, operatorUrl: server.operatorUrl }, "listening");
  return {
    logger,
    running: {
      async stop() {
        await server.close();
        await lake.close();
        await log.close();
      },
    },
  };
});
