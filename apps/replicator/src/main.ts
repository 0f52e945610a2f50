import { openLog } from "@footfall/log/open";
import { type Replica, TableSchemas } from "@footfall/replicas";
import { PostgresReplica } from "@footfall/replicas/postgres";
import { RedisReplica } from "@footfall/replicas/redis";
import { logObserver, startApp } from "@footfall/runtime";
import { replicatorSettings } from "./config.ts";
import { createReplicator } from "./create-replicator.ts";

await startApp("replicator", replicatorSettings, process.env, async ({ config, logger, registry, folders, opened }) => {
  const log = opened(
    await openLog({
      settings: config,
      folder: folders.log,
      clientId: "footfall-replicator",
      ...logObserver("replicator", logger, registry),
    }),
  );
  const { url, name, schema } = config;
  const schemas = new TableSchemas(log);
  const replica: Replica = opened(
    url.startsWith("redis")
      ? RedisReplica.open({ url, prefix: `${name}:` })
      : PostgresReplica.open({
          url,
          name,
          ...(schema !== "" && { schema }),
          schemaOf: (schemaId) => schemas.find(schemaId),
        }),
  );
  // No setting: one that stayed set would empty it at every start.
  if (process.argv.includes("--reset")) {
    await replica.reset();
    logger.info("the replica is empty, and is filled anew");
  }
  return [createReplicator({ ...config, log, replica, logger, registry })];
});
