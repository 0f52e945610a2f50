import { systemClock } from "@footfall/base";
import { openLake } from "@footfall/lake";
import { openEmbeddedLog } from "@footfall/log/embedded";
import {
  createLogger,
  createMetricsRegistry,
  describeConfig,
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
  const log = await openEmbeddedLog({
    folder: folders.log,
    onGap: (gap) => logger.error({ gap }, "records were deleted before they were read"),
  });
  const lake = await openLake({
    root: folders.tables,
    clock: systemClock,
    threads: config.lakeThreads,
    onWarning: (error) => logger.warn({ error }, "lake"),
  });
  const aggregator = await createAggregator({ ...config, log, lake, clock: systemClock, logger, registry });
  const services = [aggregator, createLakeMaintenance({ lake, clock: systemClock, logger, registry })];
  const server = await startServer({ services, host: config.host, port: config.port, logger, registry });
  logger.info({ url: server.url }, "listening");
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
