import { systemClock } from "@footfall/base";
import { openLog } from "@footfall/log/open";
import { TableSchemas } from "@footfall/replicas";
import { logObserver, startApp } from "@footfall/runtime";
import { replicatorSettings } from "./config.ts";
import { createReplicator } from "./create-replicator.ts";
import { openReplica } from "./open-replica.ts";

await startApp("replicator", replicatorSettings, process.env, async ({ config, logger, registry, folders, opened }) => {
  const log = opened(
    await openLog({
      settings: config,
      folder: folders.log,
      clientId: "footfall-replicator",
      ...logObserver("replicator", logger, registry),
    }),
  );
  const schemas = new TableSchemas(log);
  const replica = await openReplica({
    config,
    folder: folders.replicas,
    clock: systemClock,
    schemaOf: (schemaId) => schemas.find(schemaId),
    onWarning: (error) => logger.warn({ error }, "a table of the lake is rewritten later"),
    opened,
  });
  // No setting: one that stayed set would empty it at every start.
  if (process.argv.includes("--reset")) {
    await replica.reset();
    logger.info("the replica is empty, and is filled anew");
  }
  return [createReplicator({ ...config, log, replica, clock: systemClock, logger, registry })];
});
