import { setTimeout as pause } from "node:timers/promises";
import { type Clock, errorCodeOf } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { type MetricSample, type MetricScrape, metricsTopic } from "@footfall/metrics";
import type { HealthProblem, Logger } from "@footfall/runtime";
import type { Scraped } from "./scrape-target.ts";

export interface KeepScrapingOptions {
  readonly log: Pick<EventLog, "append">;
  readonly tenant: string;
  readonly job: string;
  readonly instance: string;
  readonly intervalMs: number;
  readonly scrape: (timeoutMs: number) => Promise<Scraped>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onError: (error: unknown) => void;
  readonly onScraped: (scraped: Scraped) => void;
}

export interface Scraping {
  /** Why nothing is stored at present. */
  readonly problem: HealthProblem | undefined;
  stop(): Promise<void>;
}

/** A record must not grow past what logs take; a scrape of more samples becomes several. */
const recordSamplesMax = 2_000;
const timeoutMsMax = 10_000;

/**
 * Scrapes a target at each multiple of the interval and appends what it says to topic `metrics`. While the log is away
 * nothing is scraped: what a target said a while ago is worth little, and that nobody looked shows as a gap.
 */
export function keepScraping(options: KeepScrapingOptions): Scraping {
  const { clock, intervalMs, job, instance, logger, onError, onScraped } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let problem: HealthProblem | undefined;
  /** Times of a target only grow, whatever the clock does: a scrape is known by its time. */
  let lastMs = 0;
  let complaint: string | undefined;

  async function scrapeOnce(): Promise<void> {
    const sampledAtMs = Math.max(clock(), lastMs + 1);
    const scraped = await options.scrape(Math.min(intervalMs, timeoutMsMax));
    onScraped(scraped);
    if (scraped.problem !== undefined && scraped.problem !== complaint)
      logger.warn({ job, instance, problem: scraped.problem }, "a target's metrics cannot be read");
    complaint = scraped.problem;
    const records = scrapesOf(options, scraped, sampledAtMs);
    lastMs = sampledAtMs + records.length - 1;
    await options.log.append(
      metricsTopic,
      records.map((record) => ({ key: instance, value: Buffer.from(JSON.stringify(record)) })),
    );
  }

  async function keep(): Promise<void> {
    while (!signal.aborted) {
      await pause(intervalMs - (clock() % intervalMs), undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        await scrapeOnce();
        problem = undefined;
      } catch (error) {
        onError(error);
        const message = `metrics of ${job} ${instance}: ${error instanceof Error ? error.message : String(error)}`;
        if (problem === undefined) logger.warn({ error }, "scraped metrics cannot be stored");
        problem = { code: errorCodeOf(error), message };
      }
    }
  }
  const running = keep();
  return {
    get problem() {
      return problem;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** One scrape, or several of following milliseconds. */
function scrapesOf(
  { tenant, job, instance }: Pick<KeepScrapingOptions, "tenant" | "job" | "instance">,
  { isUp, samples }: Scraped,
  sampledAtMs: number,
): MetricScrape[] {
  const parts: (readonly MetricSample[])[] = [];
  for (let at = 0; at < samples.length; at += recordSamplesMax) parts.push(samples.slice(at, at + recordSamplesMax));
  if (parts.length === 0) parts.push([]);
  return parts.map((part, at) => ({ tenant, job, instance, sampledAtMs: sampledAtMs + at, isUp, samples: part }));
}
