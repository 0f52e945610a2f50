import { systemClock } from "@footfall/base";
import { openLake } from "@footfall/lake";
import { openLog } from "@footfall/log/open";
import { logObserver, startApp } from "@footfall/runtime";
import { aggregatorSettings } from "./config.ts";
import { createAggregator } from "./create-aggregator.ts";
import { createLakeMaintenance } from "./lake-maintenance.ts";

await startApp("aggregator", aggregatorSettings, process.env, async ({ config, logger, registry, folders, opened }) => {
  const log = opened(
    await openLog({
      settings: config,
      folder: folders.log,
      clientId: "footfall-aggregator",
      ...logObserver("aggregator", logger, registry),
    }),
  );
  const lake = opened(
    await openLake({
      root: folders.tables,
      clock: systemClock,
      threads: config.lakeThreads,
      onWarning: (error) => logger.warn({ error }, "lake"),
    }),
  );
  const aggregator = await createAggregator({ ...config, log, lake, clock: systemClock, logger, registry });
  const maintenance = { lake, clock: systemClock, logger, registry, modelsFolder: folders.models };
  const services = [aggregator, createLakeMaintenance(maintenance)];
  return services;
});
