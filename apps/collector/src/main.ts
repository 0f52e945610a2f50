import { systemClock } from "@footfall/base";
import { openLog, openSpoolStore } from "@footfall/log/open";
import { logObserver, followWriteKeys, startApp } from "@footfall/runtime";
import { createCollector } from "./collector.ts";
import { collectorSettings } from "./config.ts";
import { freeDiskBytes } from "./free-disk-bytes.ts";

await startApp("collector", collectorSettings, process.env, async ({ config, logger, registry, folders, opened }) => {
  const followed = await followWriteKeys({ ...config, file: config.keysFile, logger, registry });
  const log = opened(
    await openLog({
      settings: config,
      folder: folders.log,
      clientId: "footfall-collector",
      ...logObserver("collector", logger, registry),
    }),
  );
  const spoolStore = await openSpoolStore(config, folders.spool);
  if (spoolStore) opened(spoolStore);
  const collector = await createCollector({
    log,
    ...(spoolStore && { spoolStore }),
    keys: followed.keys,
    clock: systemClock,
    random: Math.random,
    logger,
    registry,
    trackerScript: config.trackerScript,
    freeDiskBytes: () => freeDiskBytes(spoolStore ? folders.spool : folders.log),
    bounds: config,
  });
  return [collector, followed.service];
});
