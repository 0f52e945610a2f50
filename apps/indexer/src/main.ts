import { systemClock } from "@footfall/base";
import { openLake } from "@footfall/lake";
import { openLog } from "@footfall/log/open";
import { EmbeddedLogIndex } from "@footfall/log-index/embedded";
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
import { indexerSettings } from "./config.ts";
import { createIndexer } from "./create-indexer.ts";

await runMain(async () => {
  const config = readConfig("indexer", indexerSettings, process.env);
  const logger = createLogger({ name: "indexer", level: config.logLevel });
  logger.info({ config: describeConfig(indexerSettings, config) }, "starting");
  const registry = createMetricsRegistry();
  const folders = storageFolders(config.storageDir);
  const log = await openLog({
    settings: config,
    folder: folders.log,
    clientId: "footfall-indexer",
    ...logObserver("indexer", logger, registry),
  });
  const lake = await openLake({
    root: folders.tables,
    clock: systemClock,
    threads: 1,
    onWarning: (error) => logger.warn({ error }, "lake"),
  });
  const index = EmbeddedLogIndex.open({ folder: folders.logIndex });
  const indexer = await createIndexer({ ...config, log, lake, index, clock: systemClock, logger, registry });
  const server = await startServer({ ...config, services: [indexer], logger, registry });
  logger.info({ url: server.url, operatorUrl: server.operatorUrl }, "listening");
  return {
    logger,
    running: {
      async stop() {
        await server.close();
        await index.close();
        await lake.close();
        await log.close();
      },
    },
  };
});
