import { type Clock, errorCodeOf } from "@footfall/base";
import { ingest, openTableIngest } from "@footfall/ingest";
import type { Lake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import type { LogIndex } from "@footfall/log-index";
import { errorCounter, type Logger, type Registry, type Service } from "@footfall/runtime";
import { logsTopic } from "@footfall/service-logs";
import { openIndexEntries } from "./index-entries.ts";
import { createIndexerMetrics } from "./indexer-metrics.ts";
import { logRows } from "./log-rows.ts";
import { keepRecentDays } from "./retention.ts";

export interface IndexerOptions {
  readonly log: EventLog;
  readonly lake: Lake;
  readonly index: LogIndex;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Partitions of topic `logs`, where it is made here. Default 4. */
  readonly partitions?: number;
  /** Age past which a day leaves the index; the table keeps it. Default 30 days. */
  readonly indexRetentionMs?: number;
  /** A log that has not answered for longer shows in health. Default 15,000. */
  readonly logSilentAfterMs?: number;
  /** Time between two commits. Default 1000. */
  readonly commitIntervalMs?: number;
}

/** Records that bring a commit forward. */
const recordsMax = 20_000;
const retentionDefaultMs = 30 * 86_400_000;

/**
 * Starts the indexer: topic `logs` into table `logs` and into the text index. Two groups, each with its own offsets:
 * an index that is rebuilt, or away, holds up no table.
 */
export async function createIndexer(options: IndexerOptions): Promise<Service> {
  const { log, lake, index, clock, logger, registry, indexRetentionMs = retentionDefaultMs } = options;
  const metrics = createIndexerMetrics(registry);
  const countError = errorCounter(registry);
  const onError = (error: unknown): void => countError("indexer", errorCodeOf(error));
  const common = {
    log,
    contact: { app: "indexer" as const, clock, registry, silentAfterMs: options.logSilentAfterMs },
    topics: [logsTopic],
    commitIntervalMs: options.commitIntervalMs ?? 1_000,
    logger,
    onError,
    onRestart: metrics.restarted,
    onPersisted: metrics.commitSeconds,
  };
  await log.createTopic({ name: logsTopic, partitions: options.partitions ?? 4 }).catch((error: unknown) => {
    onError(error);
    logger.warn({ error }, "topic logs cannot be made now; it is waited for");
  });
  const ingests = [
    ingest({
      ...common,
      name: "table logs",
      group: "indexer.table",
      open: (held, persist) =>
        openTableIngest(logRows, { log, lake, persist, rowsMax: recordsMax, onCommitted: metrics.ingested }, held),
    }),
    ingest({
      ...common,
      name: "log index",
      group: "indexer.index",
      open: (held, persist) =>
        openIndexEntries({ log, index, persist, entriesMax: recordsMax, onStored: metrics.indexed }, held),
    }),
  ];
  const retention = keepRecentDays({ index, clock, logger, onError, retentionMs: indexRetentionMs });
  return {
    name: "indexer",
    health: () => ingests.flatMap((each) => each.health()),
    async stop() {
      await retention.stop();
      await Promise.all(ingests.map((each) => each.stop()));
    },
  };
}
