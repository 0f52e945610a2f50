import { readFile } from "node:fs/promises";
import type { Clock } from "@footfall/base";
import type { Lake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import type { Registry, Service } from "@footfall/runtime";
import { Router } from "express";
import { followEvents } from "./event-follower.ts";
import { createMetricReader } from "./metric-reader.ts";
import { type Link, readStatus, type ServedModel, type Status } from "./status.ts";

export interface ConsoleOptions {
  readonly log: EventLog;
  readonly lake: Lake;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly servedModel: () => Promise<ServedModel | undefined>;
  readonly problems: () => readonly string[];
  readonly links: () => readonly Link[];
}

/** However many pages are open, the figures are gathered this often at most. */
const statusAgeMaxMs = 500;

const securityHeaders = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

const files = [
  { path: "/", name: "index.html", type: "text/html; charset=utf-8" },
  { path: "/console/console.js", name: "console.js", type: "text/javascript; charset=utf-8" },
  { path: "/console/console.css", name: "console.css", type: "text/css; charset=utf-8" },
  { path: "/console/icon.svg", name: "icon.svg", type: "image/svg+xml" },
] as const;

/**
 * The page at `/` of the operator's address, and its figures at `/console/status.json`. It only reads: metrics, log,
 * lake.
 */
export async function createConsole(options: ConsoleOptions): Promise<Service> {
  const { log, clock } = options;
  const follower = await followEvents(log, clock);
  const sources = { ...options, follower, metrics: createMetricReader(options.registry) };
  const router = Router();
  for (const { path, name, type } of files) {
    const content = await readFile(new URL(`../page/${name}`, import.meta.url));
    router.get(path, (_request, response) => {
      response.set(securityHeaders).set("Cache-Control", "no-cache").type(type).send(content);
    });
  }

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

  return { name: "console", operatorRouter: router, health: () => [], stop: () => follower.stop() };
}
