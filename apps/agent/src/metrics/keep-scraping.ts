import { setTimeout as pause } from "node:timers/promises";
import { type Clock, errorCodeOf } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { metricsTopic, scrapeParts } from "@footfall/metrics";
import type { HealthProblem, Logger } from "@footfall/runtime";
import type { Scraped } from "./scrape-target.ts";

export interface KeepScrapingOptions {
  readonly log: Pick<EventLog, "append">;
  readonly tenant: string;
  readonly job: string;
  readonly instance: string;
  readonly intervalMs: number;
  /** One that may not be there at all: until it has answered once, that it does not is no news. */
  readonly isOptional?: boolean;
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

const timeoutMsMax = 10_000;

/**
 * Scrapes a target at each multiple of the interval and appends what it says to topic `metrics`. While the log is away
 * nothing is scraped: what a target said a while ago is worth little, and that nobody looked shows as a gap.
 */
export function keepScraping(options: KeepScrapingOptions): Scraping {
  const { clock, intervalMs, tenant, job, instance, logger, onError, onScraped } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let problem: HealthProblem | undefined;
  /** Times of a target only grow, whatever the clock does: a sample is known by its time. */
  let lastMs = 0;
  let complaint: string | undefined;
  let isExpected = options.isOptional !== true;

  async function scrapeOnce(): Promise<void> {
    const sampledAtMs = Math.max(clock(), lastMs + 1);
    const scraped = await options.scrape(Math.min(intervalMs, timeoutMsMax));
    isExpected ||= scraped.isUp;
    if (!isExpected) return;
    onScraped(scraped);
    if (scraped.problem !== undefined && scraped.problem !== complaint)
      logger.warn({ job, instance, problem: scraped.problem }, "a target's metrics cannot be read");
    complaint = scraped.problem;
    const { isUp, samples } = scraped;
    const records = scrapeParts({ tenant, job, instance, sampledAtMs, isUp, samples });
    lastMs = sampledAtMs;
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
