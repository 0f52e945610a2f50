import { systemClock, type TenantId } from "@footfall/base";
import { openLake } from "@footfall/lake";
import { openLog } from "@footfall/log/open";
import { EmbeddedLogIndex } from "@footfall/log-index/embedded";
import { openModelStore } from "@footfall/models";
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
import { consoleSettings } from "./config.ts";
import { createConsole } from "./console.ts";
import { servedModelReader } from "./served-model.ts";

await runMain(async () => {
  const config = readConfig("console", consoleSettings, process.env);
  const logger = createLogger({ name: "console", level: config.logLevel });
  logger.info({ config: describeConfig(consoleSettings, config) }, "starting");
  const registry = createMetricsRegistry();
  const folders = storageFolders(config.storageDir);
  const log = await openLog({
    settings: config,
    folder: folders.log,
    clientId: "footfall-console",
    ...logObserver("console", logger, registry),
  });
  const lake = await openLake({
    root: folders.tables,
    clock: systemClock,
    threads: 1,
    onWarning: (error) => logger.warn({ error }, "lake"),
  });
  const logIndex = EmbeddedLogIndex.open({ folder: folders.logIndex, isReader: true });
  const service = await createConsole({
    log,
    lake,
    logIndex,
    registry,
    clock: systemClock,
    monitorUrl: config.monitorUrl,
    links: () => [
      { label: "Metrics", href: "/metrics" },
      { label: "Health", href: "/health" },
    ],
    servedModel: servedModelReader(openModelStore(folders.models, config.tenant as TenantId)),
  });
  const server = await startServer({ ...config, services: [service], logger, registry });
  logger.info({ url: server.url, operatorUrl: server.operatorUrl }, "listening");
  return {
    logger,
    running: {
      async stop() {
        await server.close();
        await logIndex.close();
        await lake.close();
        await log.close();
      },
    },
  };
});
