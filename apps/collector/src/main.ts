import { systemClock } from "@footfall/base";
import { openEmbeddedLog } from "@footfall/log/embedded";
import {
  createLogger,
  createMetricsRegistry,
  demoWriteKeys,
  describeConfig,
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
  const folder = storageFolders(config.storageDir).log;
  const keys = config.keysFile === "" ? demoWriteKeys : await readWriteKeys(config.keysFile);
  const log = await openEmbeddedLog({ folder });
  const collector = await createCollector({
    log,
    keys,
    clock: systemClock,
    random: Math.random,
    logger,
    registry,
    trackerScript: config.trackerScript,
    freeDiskBytes: () => freeDiskBytes(folder),
    bounds: config,
  });
  const server = await startServer({ services: [collector], host: config.host, port: config.port, logger, registry });
  logger.info({ url: server.url }, "listening");
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
