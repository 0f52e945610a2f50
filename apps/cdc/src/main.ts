import { systemClock } from "@footfall/base";
import { openLog } from "@footfall/log/open";
import { logObserver, startApp } from "@footfall/runtime";
import { cdcSettings } from "./config.ts";
import { createCdc } from "./create-cdc.ts";

await startApp("cdc", cdcSettings, process.env, async ({ config, logger, registry, folders, opened }) => {
  const log = opened(
    await openLog({
      settings: config,
      folder: folders.log,
      clientId: "footfall-cdc",
      ...logObserver("cdc", logger, registry),
    }),
  );
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
  return [cdc];
});
