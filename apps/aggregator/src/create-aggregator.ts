import { type Clock, errorCodeOf } from "@footfall/base";
import { topics } from "@footfall/events";
import { ingest, openTableIngest, type TableIngestSpec } from "@footfall/ingest";
import type { Lake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import { errorCounter, type Logger, type Registry, type Service } from "@footfall/runtime";
import { Aggregation, type AggregationOptions } from "./events/aggregation.ts";
import { openAggregationLake } from "./aggregation-lake.ts";
import { createAggregatorMetrics } from "./aggregator-metrics.ts";
import { rejectedEvents } from "./rejected-events.ts";

export interface AggregatorOptions {
  readonly log: EventLog;
  readonly lake: Lake;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  /** A log that has not answered for longer shows in health. Default 15,000. */
  readonly logSilentAfterMs?: number;
  /** Consumer group. Default `aggregator`. */
  readonly group?: string;
  /** Time between two commits. Default 1000. */
  readonly commitIntervalMs?: number;
  /** Events that bring a commit forward. Default 50,000. */
  readonly commitEventsMax?: number;
  /** Shortest time between two commits of sessions, and of what late events touch. Default 5000. */
  readonly deriveIntervalMs?: number;
  /** A partition without waiting records for this long no longer holds the watermark back. Default 10,000. */
  readonly idleTimeoutMs?: number;
  /** How much event times may be out of order before they are late. Default 10,000. */
  readonly outOfOrderMs?: number;
  /** Event ids held in memory, of 33 to 67 bytes each; older ones are looked up in the lake. Default 4,000,000. */
  readonly dedupIndexMax?: number;
  /** With more records waiting than this, windows are made by SQL, not in memory. Default 200,000. */
  readonly backlogRecordsMin?: number;
  /** Rows of `item_windows` held open. Default 500,000. */
  readonly openWindowRowsMax?: number;
  /** Rows of open sessions held in memory; beyond it they are read back from the lake. Default 400,000. */
  readonly openSessionRowsMax?: number;
  /** Sessions held open. Default 1,000,000. */
  readonly openSessionsMax?: number;
}

/** Tables made row by record, each from a topic of its own. */
const rowTables: readonly TableIngestSpec[] = [rejectedEvents];
/** Rows of a table made row by record that bring its commit forward. */
const rowsMax = 10_000;

/**
 * Starts the aggregator: topic `clicks` into the tables `events`, `item_windows` and `sessions`, and what was refused
 * into `rejected_events`.
 */
export async function createAggregator(options: AggregatorOptions): Promise<Service> {
  const { log, lake, clock, logger, registry, group = "aggregator" } = options;
  const metrics = createAggregatorMetrics(registry);
  const countError = errorCounter(registry);
  const settings = aggregationSettings(options);
  const common = {
    log,
    group,
    contact: { app: "aggregator" as const, clock, registry, silentAfterMs: options.logSilentAfterMs },
    commitIntervalMs: options.commitIntervalMs ?? 1_000,
    logger,
    onError: (error: unknown) => countError("aggregator", errorCodeOf(error)),
    onRestart: metrics.restarted,
    onPersisted: metrics.commitSeconds,
  };
  const clicks = ingest({
    ...common,
    name: "clicks",
    topics: [topics.clicks],
    open: async (held, persist) => {
      const tables = await openAggregationLake(lake);
      return Aggregation.open({ ...settings, log, clock, metrics, tables, persist }, held);
    },
  });
  metrics.showLags(() => clicks.contact.lags());
  const ingests = [
    clicks,
    ...rowTables.map((spec) =>
      ingest({
        ...common,
        // Members of one Kafka group must all follow the same topics.
        group: `${group}.${spec.topic}`,
        name: spec.topic,
        topics: [spec.topic],
        open: (held, persist) =>
          openTableIngest(spec, { log, lake, persist, rowsMax, onCommitted: metrics.rowsOf(spec.table.name) }, held),
      }),
    ),
  ];
  return {
    name: "aggregator",
    health: () => ingests.flatMap((each) => each.health()),
    stop: async () => void (await Promise.all(ingests.map((each) => each.stop()))),
  };
}

type AggregationSettings = Omit<AggregationOptions, "log" | "clock" | "metrics" | "tables" | "persist">;

function aggregationSettings(options: AggregatorOptions): AggregationSettings {
  return {
    commitEventsMax: options.commitEventsMax ?? 50_000,
    deriveIntervalMs: options.deriveIntervalMs ?? 5_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 10_000,
    outOfOrderMs: options.outOfOrderMs ?? 10_000,
    dedupIndexMax: options.dedupIndexMax ?? 4_000_000,
    backlogRecordsMin: options.backlogRecordsMin ?? 200_000,
    bounds: {
      openAggregatesMax: options.openWindowRowsMax ?? 500_000,
      openRowsMax: options.openSessionRowsMax ?? 400_000,
      openSessionsMax: options.openSessionsMax ?? 1_000_000,
    },
  };
}
