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
import { readAlertFiles } from "./alerts/alert-files.ts";
import { monitorSettings } from "./config.ts";
import { createMonitor } from "./create-monitor.ts";
import { readRemoteWriteTarget } from "./remote-write/remote-write-settings.ts";

await runMain(async () => {
  const config = readConfig("monitor", monitorSettings, process.env);
  const logger = createLogger({ name: "monitor", level: config.logLevel });
  logger.info({ config: describeConfig(monitorSettings, config) }, "starting");
  const registry = createMetricsRegistry();
  const folders = storageFolders(config.storageDir);
  const alerting = {
    folder: folders.monitor,
    tenant: config.tenant,
    externalUrl: () => config.externalUrl,
    ...(await readAlertFiles(config)),
  };
  const target = readRemoteWriteTarget("monitor", config);
  const log = await openLog({
    settings: config,
    folder: folders.log,
    clientId: "footfall-monitor",
    ...logObserver("monitor", logger, registry),
  });
  const lake = await openLake({
    root: folders.tables,
    clock: systemClock,
    threads: 1,
    onWarning: (error) => logger.warn({ error }, "lake"),
  });
  const monitor = await createMonitor({
    ...config,
    alerting,
    ...(target && { remoteWrite: { ...alerting, target } }),
    log,
    lake,
    clock: systemClock,
    logger,
    registry,
  });
  const server = await startServer({ ...config, services: [monitor], logger, registry });
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
