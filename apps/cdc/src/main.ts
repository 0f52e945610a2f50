import { systemClock } from "@footfall/base";
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
import { cdcSettings } from "./config.ts";
import { createCdc } from "./create-cdc.ts";

await runMain(async () => {
  const config = readConfig("cdc", cdcSettings, process.env);
  const logger = createLogger({ name: "cdc", level: config.logLevel });
  logger.info({ config: describeConfig(cdcSettings, config) }, "starting");
  const registry = createMetricsRegistry();
  const folders = storageFolders(config.storageDir);
  const log = await openLog({
    settings: config,
    folder: folders.log,
    clientId: "footfall-cdc",
    ...logObserver("cdc", logger, registry),
  });
  const cdc = createCdc({
    ...config,
    log,
    folder: folders.cdc,
    clock: systemClock,
    random: Math.random,
    logger,
    registry,
    // No setting: one that stayed set would copy all tables at every start.
    isResnapshot: process.argv.includes("--resnapshot"),
  });
  const server = await startServer({ ...config, services: [cdc], logger, registry });
  logger.info({ url: server.url, operatorUrl: server.operatorUrl }, "listening");
  return {
    logger,
    running: {
      async stop() {
        await server.close();
        await log.close();
      },
    },
  };
});
