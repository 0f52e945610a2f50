import { systemClock } from "@footfall/base";
import { openLake } from "@footfall/lake";
import { openLog } from "@footfall/log/open";
import { logObserver, startApp } from "@footfall/runtime";
import { readAlertFiles } from "./alerts/alert-files.ts";
import { monitorSettings } from "./config.ts";
import { createMonitor } from "./create-monitor.ts";
import { readRemoteWriteTarget } from "./remote-write/remote-write-settings.ts";

await startApp("monitor", monitorSettings, process.env, async ({ config, logger, registry, folders, opened }) => {
  const alerting = {
    folder: folders.monitor,
    tenant: config.tenant,
    externalUrl: () => config.externalUrl,
    ...(await readAlertFiles(config)),
  };
  const target = readRemoteWriteTarget("monitor", config);
  const log = opened(
    await openLog({
      settings: config,
      folder: folders.log,
      clientId: "footfall-monitor",
      ...logObserver("monitor", logger, registry),
    }),
  );
  const lake = opened(
    await openLake({
      root: folders.tables,
      clock: systemClock,
      threads: 1,
      onWarning: (error) => logger.warn({ error }, "lake"),
    }),
  );
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
  return [monitor];
});
