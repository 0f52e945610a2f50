import type { Clock } from "@footfall/base";
import type { Lake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import type { LogIndex } from "@footfall/log-index";
import type { Registry, Service } from "@footfall/runtime";
import { Router } from "express";
import { comparisonsRouter } from "./comparisons/comparisons-router.ts";
import { docsPages } from "./docs-pages.ts";
import { followEvents } from "./event-follower.ts";
import { LogTail } from "./logs/log-tail.ts";
import { logsRouter } from "./logs/logs-router.ts";
import { createMetricReader } from "./metric-reader.ts";
import { monitorProxy } from "./monitor-proxy.ts";
import { pageRouter } from "./page-router.ts";
import { securityHeaders } from "./security-headers.ts";
import { type Link, readStatus, type ServedModel, type Status } from "./status.ts";

export interface ConsoleOptions {
  readonly log: EventLog;
  readonly lake: Lake;
  readonly registry: Registry;
  readonly clock: Clock;
  /** A log that has not answered for longer shows in health. Default 15,000. */
  readonly logSilentAfterMs?: number;
  /** Of service logs, for the page that searches them; only read. Without one the page says what to start. */
  readonly logIndex?: LogIndex;
  readonly servedModel: () => Promise<ServedModel | undefined>;
  /** Of all parts, where they are in this process. */
  readonly problems?: () => readonly string[];
  /** Operator's address of a monitor in another process; where one runs in this process its own routes answer. */
  readonly monitorUrl?: string;
  readonly links: () => readonly Link[];
}

/** However many pages are open, the figures are gathered this often at most. */
const statusAgeMaxMs = 500;

/**
 * The pages of the operator's address: the flow at `/` with its figures at `/console/status.json`, service logs at
 * `/logs`, mismatches at `/comparisons`. It only reads: metrics, log, lake, index of logs. What is asked of the monitor
 * is passed on to it.
 */
export async function createConsole(options: ConsoleOptions): Promise<Service> {
  const { log, clock, registry, logIndex, links, monitorUrl = "" } = options;
  const contact = { app: "console" as const, clock, registry, silentAfterMs: options.logSilentAfterMs };
  const follower = await followEvents(log, contact);
  const tail = new LogTail({ log, contact });
  const sources = { ...options, follower, metrics: createMetricReader(options.registry) };
  const router = Router();
  router.use(await pageRouter(links));
  router.use(await docsPages(links));
  if (monitorUrl !== "") router.use(monitorProxy(monitorUrl));
  router.use(comparisonsRouter(log));
  router.use(logsRouter({ ...(logIndex && { logIndex }), tail, clock }));

  let gathered: Promise<Status> | undefined;
  let gatheredAtMs = Number.NEGATIVE_INFINITY;
  router.get("/console/status.json", async (_request, response) => {
    if (clock() - gatheredAtMs >= statusAgeMaxMs || !gathered) {
      gatheredAtMs = clock();
      gathered = readStatus(sources);
    }
    response
      .set(securityHeaders)
      .set("Cache-Control", "no-store")
      .json(await gathered);
  });

  return {
    name: "console",
    operatorRouter: router,
    health: () => [],
    // It answers all the same.
    warnings: () => [follower.problem()].filter((problem) => problem !== undefined),
    endStreams: () => tail.endStreams(),
    async stop() {
      await Promise.all([follower.stop(), tail.stop()]);
    },
  };
}
