import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Clock, errorCodeOf, type Random } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { errorCounter, type HealthProblem, type Logger, type Registry, type Service } from "@footfall/runtime";
import { metricsTopic, parseExposition } from "@footfall/metrics";
import { logsTopic } from "@footfall/service-logs";
import type { AgentFile, LogSource } from "./agent-file.ts";
import { createAgentMetrics } from "./agent-metrics.ts";
import { FileTailer } from "./files/tail-files.ts";
import { shipLines } from "./logs/ship-lines.ts";
import { hostSamples } from "./metrics/host-samples.ts";
import { keepScraping } from "./metrics/keep-scraping.ts";
import { instanceOf, scrapeTarget } from "./metrics/scrape-target.ts";
import { otlpRoutes } from "./otlp/otlp-routes.ts";
import { OtlpSenders } from "./otlp/otlp-senders.ts";
import { keepRunning } from "./keep-running.ts";

export interface AgentOptions {
  readonly log: Pick<EventLog, "append" | "createTopic">;
  readonly file: AgentFile;
  /** Holds the positions in files. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly bodyBytesMax: number;
  /** The job under which the metrics of this process are stored too. Absent: they are not. */
  readonly ownJob?: string;
  /** Partitions of topic `logs`, where it is made here. Default 4. */
  readonly partitions?: number;
  /** Pause between two looks at files. Default 1000. */
  readonly pollMs?: number;
  /** See `TailOptions`. */
  readonly rotateWaitMs?: number;
  readonly copyWaitMs?: number;
}

const scrapeSecondsDefault = 10;

/**
 * Starts the agent: lines of files, and what is sent over OTLP, into topic `logs`, and metrics into topic `metrics`. It
 * holds nothing back for a log that is away: it stops reading, and the files are the buffer.
 */
export async function createAgent(options: AgentOptions): Promise<Service> {
  const { log, file, clock, logger, registry, bodyBytesMax } = options;
  const metrics = createAgentMetrics(registry);
  const countError = errorCounter(registry);
  const onError = (error: unknown): void => countError("agent", errorCodeOf(error));
  const host = file.host ?? hostname();
  const { partitions = 4 } = options;
  const tenant = file.tenant ?? "default";
  const makeTopic: Readonly<Record<string, () => Promise<void>>> = {
    [logsTopic]: once(() => log.createTopic({ name: logsTopic, partitions })),
    [metricsTopic]: once(() => log.createTopic({ name: metricsTopic, partitions })),
  };
  const ownTopics: Pick<EventLog, "append"> = {
    append: async (topic, records) => {
      await makeTopic[topic]?.();
      return log.append(topic, records);
    },
  };
  const tailers = (file.logs ?? []).map((source) => {
    const take = shipLines({
      log,
      source,
      host,
      onShipped: (entries) => metrics.shipped(source.service, entries.length),
    });
    return keepRunning({
      name: `log files of ${source.service}`,
      logger,
      onError,
      async run(signal) {
        await makeTopic[logsTopic]?.();
        const tailer = await FileTailer.open({
          ...options,
          patterns: source.paths,
          checkpointPath: join(options.folder, `${checkpointName(source)}.json`),
          take,
          onNotice(notice, path) {
            metrics.notice(notice);
            logger.info({ notice, path }, "log file");
          },
        });
        await tailer.run(signal);
      },
    });
  });
  const ownJob = options.ownJob === undefined ? [] : [ownMetrics(options.ownJob, host, registry)];
  const scrapings = [...scrapeJobs(file, host), ...ownJob].map((job) =>
    keepScraping({
      ...job,
      log: ownTopics,
      tenant,
      clock,
      logger,
      onError,
      onScraped: ({ isUp, samples, rejectedLines }) => metrics.scraped(job.job, isUp, samples.length, rejectedLines),
    }),
  );
  const senders = new OtlpSenders({ ...file.otlp, clock, logger, onOverflow: metrics.overflow });
  return {
    name: "agent",
    router: otlpRoutes({ log: ownTopics, clock, bodyBytesMax, tenant, senders, onReceived: metrics.received }),
    health: (): readonly HealthProblem[] => [...tailers, ...scrapings].flatMap(({ problem }) => problem ?? []),
    stop: async () => void (await Promise.all([...tailers, ...scrapings].map((each) => each.stop()))),
  };
}

/** What is to be scraped, and how. */
function scrapeJobs({ scrape = [], hostMetrics }: AgentFile, host: string) {
  const targets = scrape.map((target) => ({
    job: target.job,
    instance: instanceOf(target),
    intervalMs: (target.intervalSeconds ?? scrapeSecondsDefault) * 1_000,
    isOptional: target.optional === true,
    scrape: (timeoutMs: number) => scrapeTarget(target.url, timeoutMs),
  }));
  if (!hostMetrics) return targets;
  const ownHost = {
    job: "node",
    instance: host,
    intervalMs: (hostMetrics.intervalSeconds ?? scrapeSecondsDefault) * 1_000,
    scrape: async () => ({ isUp: true, samples: await hostSamples(), rejectedLines: 0 }),
  };
  return [...targets, ownHost];
}

function ownMetrics(job: string, instance: string, registry: Registry) {
  const scrape = async () => ({ isUp: true, ...parseExposition(await registry.metrics(), { isOpenMetrics: false }) });
  return { job, instance, intervalMs: scrapeSecondsDefault * 1_000, scrape };
}

/** Done until it has worked once. */
function once(work: () => Promise<void>): () => Promise<void> {
  let isDone = false;
  return async () => {
    if (!isDone) await work();
    isDone = true;
  };
}

/** The same for the same files, wherever they stand in the configuration. */
function checkpointName({ service, paths }: LogSource): string {
  const hash = createHash("sha256").update(JSON.stringify(paths)).digest("hex").slice(0, 16);
  return `${service.replaceAll(/[^A-Za-z0-9_-]/g, "_")}-${hash}`;
}
