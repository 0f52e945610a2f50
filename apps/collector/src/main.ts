import { systemClock } from "@footfall/base";
import { openLog, openSpoolStore } from "@footfall/log/open";
import {
  createLogger,
  createMetricsRegistry,
  describeConfig,
  logObserver,
  openWriteKeys,
  readConfig,
  runMain,
  startServer,
  storageFolders,
} from "@footfall/runtime";
import { createCollector } from "./collector.ts";
import { collectorSettings } from "./config.ts";
import { freeDiskBytes } from "./free-disk-bytes.ts";

await runMain(async () => {
  const config = readConfig("collector", collectorSettings, process.env);
  const logger = createLogger({ name: "collector", level: config.logLevel });
  logger.info({ config: describeConfig(collectorSettings, config) }, "starting");
  const registry = createMetricsRegistry();
  const folders = storageFolders(config.storageDir);
  const keys = await openWriteKeys({ ...config, file: config.keysFile, logger });
  const log = await openLog({
    settings: config,
    folder: folders.log,
    clientId: "footfall-collector",
    ...logObserver("collector", logger, registry),
  });
  const spoolStore = await openSpoolStore(config, folders.spool);
  const collector = await createCollector({
    log,
    ...(spoolStore && { spoolStore }),
    keys,
    clock: systemClock,
    random: Math.random,
    logger,
    registry,
    trackerScript: config.trackerScript,
    freeDiskBytes: () => freeDiskBytes(spoolStore ? folders.spool : folders.log),
    bounds: config,
  });
  const server = await startServer({ ...config, services: [collector], logger, registry });
  logger.info({ url: server.url, operatorUrl: server.operatorUrl }, "listening");
  return {
    logger,
    running: {
      async stop() {
        await server.close();
        await spoolStore?.close();
        await log.close();
      },
    },
  };
});
