import { createHash } from "node:crypto";
import { AppError, type Clock, errorCodeOf } from "@footfall/base";
import { changesTopic, parseTableNames, type TableName } from "@footfall/changes";
import { ingest } from "@footfall/ingest";
import type { EventLog } from "@footfall/log";
import { openReplicate, type Replica } from "@footfall/replicas";
import { errorCounter, type Logger, type Registry, type Service } from "@footfall/runtime";
import { createReplicatorMetrics } from "./replicator-metrics.ts";

export interface ReplicatorOptions {
  readonly log: EventLog;
  readonly replica: Replica;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  /** The target's address; its password is not looked at. */
  readonly url: string;
  /** `schema.table`, with commas between them. */
  readonly tables: string;
  readonly name: string;
  /** The one schema that all tables go into. Default: each into its own. */
  readonly schema?: string;
  /** A log that has not answered for longer shows in health. Default 15,000. */
  readonly logSilentAfterMs?: number;
  /** Changes of a table that bring a commit forward. Default 5000. */
  readonly changesMax?: number;
  /** Time between two commits of a table. Default 200. */
  readonly commitIntervalMs?: number;
}

/**
 * Starts bringing captured tables into a replica, each table by itself: one that the replica refuses holds up no other.
 * @throws AppError CONFIG_INVALID
 */
export function createReplicator(options: ReplicatorOptions): Service {
  const { log, replica, clock, logger, registry, name, url, schema = "" } = options;
  const tables = parseTableNames("FOOTFALL_REPLICATOR_TABLES", options.tables);
  if (schema !== "") refuseNamesakes(tables);
  const metrics = createReplicatorMetrics(registry);
  const countError = errorCounter(registry);
  const target = targetOf(url, schema);
  const ingests = tables.map((table) => {
    const topic = changesTopic(table);
    const shown = `${table.schema}.${table.table}`;
    return ingest({
      name: `replica of ${shown}`,
      log,
      contact: { app: "replicator", clock, registry, silentAfterMs: options.logSilentAfterMs },
      topics: [topic],
      // Processes of one target share the partitions; of two, each needs them all.
      group: `replicator.${name}.${target}.${topic}`,
      commitIntervalMs: options.commitIntervalMs ?? 200,
      logger,
      onError: (error) => countError("replicator", errorCodeOf(error)),
      onRestart: () => metrics.restarted(shown),
      onPersisted: metrics.commitSeconds,
      open: (held, persist) =>
        openReplicate(
          {
            log,
            replica,
            persist,
            changesMax: options.changesMax ?? 5_000,
            onStored: (counts) => metrics.stored(shown, counts),
          },
          held,
        ),
    });
  });
  return {
    name: "replicator",
    health: () => ingests.flatMap((each) => each.health()),
    async stop() {
      await Promise.all(ingests.map((each) => each.stop()));
    },
  };
}

/** @throws AppError CONFIG_INVALID */
function refuseNamesakes(tables: readonly TableName[]): void {
  const known = new Map<string, string>();
  for (const { schema, table } of tables) {
    const other = known.get(table);
    if (other !== undefined) {
      const message = `FOOTFALL_REPLICATOR_SCHEMA: ${other}.${table} and ${schema}.${table} would be one table there.`;
      throw new AppError("CONFIG_INVALID", message);
    }
    known.set(table, schema);
  }
}

/** Equal for one target, whoever logs in. */
function targetOf(url: string, schema: string): string {
  const { protocol, host, pathname } = new URL(url);
  return createHash("sha256")
    .update(JSON.stringify([protocol, host, pathname, schema]))
    .digest("hex")
    .slice(0, 8);
}
