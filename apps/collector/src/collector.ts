import type { Clock, ErrorCode, Random } from "@footfall/base";
import { topics } from "@footfall/events";
import type { EventLog, TopicSpec } from "@footfall/log";
import type { SpoolStore, SpoolTarget } from "@footfall/log/spool";
import {
  errorCounter,
  type HealthProblem,
  type Logger,
  type Registry,
  type Service,
  type WriteKeys,
} from "@footfall/runtime";
import { ByteBudget } from "./byte-budget.ts";
import { type CollectorSpool, openCollectorSpool } from "./collector-spool.ts";
import { createEventsRoute } from "./events-route.ts";
import { guardLog } from "./guarded-log.ts";
import { KnownBots } from "./known-bots.ts";
import { applyRetentionRegularly } from "./log-retention.ts";
import { EventSources } from "./event-sources.ts";
import { type KeyQuotaBounds, keyQuotaBounds } from "./key-quota.ts";
import { collectorOpenApi } from "./open-api.ts";
import { collectorMetrics } from "./metrics.ts";
import { trackerScriptRouter } from "./tracker-script.ts";

export interface CollectorOptions {
  readonly log: SpoolTarget & Pick<EventLog, "applyRetention">;
  /**
   * A log on the local disk, of this collector alone, that takes what `log` does not take in time. Absent where `log`
   * is itself on the local disk.
   */
  readonly spoolStore?: SpoolStore;
  /** May change while the collector runs; see `followWriteKeys`. */
  readonly keys: WriteKeys;
  readonly clock: Clock;
  /** Spreads the times at which refused clients come back. */
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
  /** What `/t.js` serves: its bytes, or the file that holds them. */
  readonly trackerScript: Buffer | string;
  /** Free bytes on the disk of the log, or of the spool; undefined where that cannot be told. Must be cheap. */
  readonly freeDiskBytes?: () => number | undefined;
  readonly bounds?: Partial<CollectorBounds>;
}

export interface CollectorBounds extends KeyQuotaBounds {
  /** Bytes of bodies under way, over all requests; past it the answer is 503. */
  readonly inFlightBytesMax: number;
  /** Ids remembered to recognise repeats, over all shops. */
  readonly recentEventIdsMax: number;
  /** Less free disk makes the collector unready, before the log fails. */
  readonly diskFreeBytesMin: number;
  /** Partitions of topic `clicks` where it does not exist yet. */
  readonly clicksPartitions: number;
  readonly clicksRetentionMs: number;
  readonly rejectedRetentionMs: number;
  /** Stored bytes past which the oldest records of the topic are deleted; 0 for no bound. */
  readonly clicksRetentionBytesMax: number;
  readonly rejectedRetentionBytesMax: number;
  /** How often records past their retention are deleted, where the broker does not do it. */
  readonly retentionIntervalMs: number;
  /** Bytes that may wait in the spool; past it the answer is 503. */
  readonly spoolBytesMax: number;
  /** A log that takes longer to answer is spooled for. */
  readonly slowAfterMs: number;
}

export const collectorBounds: CollectorBounds = {
  ...keyQuotaBounds,
  inFlightBytesMax: 64 * 1_048_576,
  recentEventIdsMax: 200_000,
  diskFreeBytesMin: 256 * 1_048_576,
  clicksPartitions: 4,
  clicksRetentionMs: 7 * 24 * 3_600_000,
  rejectedRetentionMs: 30 * 24 * 3_600_000,
  clicksRetentionBytesMax: 0,
  rejectedRetentionBytesMax: 1024 * 1_048_576,
  retentionIntervalMs: 600_000,
  spoolBytesMax: 1024 * 1_048_576,
  slowAfterMs: 1_000,
};

/**
 * The collector: `POST /v1/events` and `/t.js`. Creates its topics where they are absent, and
 * deletes what is past their retention. The caller closes the logs.
 * With a spool it starts, and answers, while the log is away.
 * @throws AppError INPUT_FILE_MISSING (tracker script), LOG_UNAVAILABLE
 */
export async function createCollector(options: CollectorOptions): Promise<Service> {
  const { keys, clock, random, logger, registry } = options;
  const bounds = { ...collectorBounds, ...options.bounds };
  const router = await trackerScriptRouter(options.trackerScript);
  const budget = new ByteBudget(bounds.inFlightBytesMax);
  const metrics = collectorMetrics(registry, () => budget.inFlightBytes);
  const countErrorOf = errorCounter(registry);
  const countError = (code: ErrorCode): void => countErrorOf("collector", code);
  const spool = await openSpoolOrTopics(options, bounds);
  const log = guardLog(spool ?? options.log, { clock, logger, observeAppend: metrics.observeAppend });
  const retention = applyRetentionRegularly({
    log: options.log,
    clock,
    logger,
    countError,
    intervalMs: bounds.retentionIntervalMs,
  });
  const disk = (): HealthProblem[] => diskProblems(options, bounds);
  const eventsRoute = createEventsRoute({
    keys,
    sources: new EventSources(keys, bounds, { metrics, logger }),
    receiver: { log, clock, metrics, countError },
    bots: new KnownBots(),
    budget,
    random,
    logger,
  });
  return {
    name: "collector",
    hotRoutes: [eventsRoute],
    router,
    openApi: collectorOpenApi,
    // A disk that only a spool would need keeps nobody from taking events.
    health: () => [...(spool?.problems() ?? []), ...log.health(), ...(spool?.isSpooling() === false ? [] : disk())],
    warnings: () => [...(spool?.warnings() ?? []), ...(spool?.isSpooling() === false ? disk() : [])],
    async stop() {
      await retention.stop();
      await spool?.close();
    },
  };
}

async function openSpoolOrTopics(
  { log, spoolStore, clock, random, logger, registry }: CollectorOptions,
  bounds: CollectorBounds,
): Promise<CollectorSpool | undefined> {
  const specs = topicSpecs(bounds);
  if (spoolStore === undefined) {
    for (const spec of specs) await log.createTopic(spec);
    return undefined;
  }
  const { spoolBytesMax, slowAfterMs } = bounds;
  return openCollectorSpool(
    { log, store: spoolStore, topics: specs, spoolBytesMax, slowAfterMs, clock, random },
    logger,
    registry,
  );
}

function topicSpecs(bounds: CollectorBounds): TopicSpec[] {
  const bytesMax = (bytes: number) => (bytes === 0 ? {} : { retentionBytesMax: bytes });
  return [
    {
      name: topics.clicks,
      partitions: bounds.clicksPartitions,
      retentionMs: bounds.clicksRetentionMs,
      ...bytesMax(bounds.clicksRetentionBytesMax),
    },
    {
      name: topics.rejected,
      partitions: 1,
      retentionMs: bounds.rejectedRetentionMs,
      ...bytesMax(bounds.rejectedRetentionBytesMax),
    },
  ];
}

function diskProblems({ freeDiskBytes }: CollectorOptions, { diskFreeBytesMin }: CollectorBounds): HealthProblem[] {
  const freeBytes = freeDiskBytes?.();
  if (freeBytes === undefined || freeBytes >= diskFreeBytesMin) return [];
  const message = `The log's disk has ${freeBytes} bytes free, fewer than ${diskFreeBytesMin}. Free space or add disk.`;
  return [{ code: "LOG_UNAVAILABLE", message }];
}
