import { systemClock } from "@footfall/base";
import { openLog, openSpoolStore } from "@footfall/log/open";
import {
  createLogger,
  createMetricsRegistry,
  demoWriteKeys,
  describeConfig,
  logObserver,
  readConfig,
  readWriteKeys,
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
  const keys = config.keysFile === "" ? demoWriteKeys : await readWriteKeys(config.keysFile);
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
  const server = await startServer({ services: [collector], host: config.host, port: config.port, logger, registry });
  logger.info({ url: server.url }, "listening");
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
