import { AppError, type Clock } from "@footfall/base";
import type { LogIndex } from "@footfall/log-index";
import { problemOf } from "@footfall/runtime";
import { levelNameOf } from "@footfall/service-logs";
import { type ErrorRequestHandler, type Request, Router } from "express";
import { securityHeaders } from "../security-headers.ts";
import { filterOfAttribute, filterOfField } from "./filter-of.ts";
import { histogramStep } from "./histogram-step.ts";
import type { LogTail } from "./log-tail.ts";
import {
  criteriaParameters,
  integerParameter,
  placeParameter,
  positionParameter,
  queryParameter,
  required,
  textParameter,
} from "./read-parameters.ts";
import { shownEntry } from "./shown-entry.ts";

export interface LogsRouterOptions {
  readonly logIndex?: LogIndex;
  readonly tail: LogTail;
  readonly clock: Clock;
}

const entriesMax = 500;
const aroundMax = 200;
const valuesMax = 100;
const noIndex =
  "No index of logs is open here: only the live tail works. Start the indexer (apps/indexer), then this process again.";

/** What page `/logs` asks for, as JSON, and the live tail. Faults of a request are problem+json. */
export function logsRouter({ logIndex, tail, clock }: LogsRouterOptions): Router {
  const router = Router();
  router.use("/console", (_request, response, next) => {
    response.set(securityHeaders).set("Cache-Control", "no-store");
    next();
  });
  const answer = (path: string, read: (index: LogIndex, request: Request) => Promise<unknown>): void => {
    router.get(path, (request, response, next) => {
      if (!logIndex) throw new AppError("REQUEST_NOT_FOUND", noIndex);
      read(logIndex, request).then((body) => response.json(body), next);
    });
  };
  answer("/console/logs.json", search);
  answer("/console/logs/histogram.json", (index, request) => histogram(index, request, clock()));
  answer("/console/logs/around.json", around);
  answer("/console/logs/values.json", values);
  router.get("/console/logs/tail", (request, response, next) => {
    tail.open(queryParameter(request), response, positionParameter(request)).catch(next);
  });
  router.use("/console", queryProblem);
  return router;
}

/** A query that cannot be read is answered with the place of its fault and what to write instead. */
const queryProblem: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (!(error instanceof AppError) || error.context["hint"] === undefined) {
    next(error);
    return;
  }
  const { position, hint } = error.context;
  const problem = problemOf(error);
  response
    .status(problem.status)
    .type("application/problem+json")
    .send(JSON.stringify({ ...problem, position, hint }));
};

async function search(index: LogIndex, request: Request) {
  const order = textParameter(request, "order") ?? "newest";
  if (order !== "newest" && order !== "oldest")
    throw new AppError("REQUEST_INVALID", "Parameter order must be newest or oldest.", { context: { field: "order" } });
  const cursor = textParameter(request, "cursor");
  const limit = integerParameter(request, "limit", entriesMax) ?? 100;
  const page = await index.search({
    ...criteriaParameters(request),
    order,
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  return {
    entries: page.entries.map((entry) => shownEntry(entry)),
    ...(page.next === undefined ? {} : { next: page.next }),
    isComplete: page.isComplete,
  };
}

/** Counts by level, of the buckets that have any; `total` is how many lines the search finds. */
async function histogram(index: LogIndex, request: Request, nowMs: number) {
  const criteria = criteriaParameters(request);
  const fromMs = required("from", criteria.fromMs);
  const toMs = criteria.toMs ?? nowMs;
  const bucketMs = histogramStep(Math.max(0, toMs - fromMs));
  const found = await index.histogram({ ...criteria, bucketMs });
  let total = 0;
  const buckets = found.map(({ startMs, countsBySeverity }) => {
    const counts: Record<string, number> = {};
    for (const [severity, count] of countsBySeverity) {
      const level = levelNameOf(severity) ?? "unknown";
      counts[level] = (counts[level] ?? 0) + count;
      total += count;
    }
    return { startMs, counts };
  });
  return { fromMs, toMs, bucketMs, total, buckets };
}

async function around(index: LogIndex, request: Request) {
  const place = placeParameter(request);
  const before = integerParameter(request, "before", aroundMax) ?? 50;
  const after = integerParameter(request, "after", aroundMax) ?? 50;
  const found = await index.around(place, before, after);
  if (!found) throw new AppError("REQUEST_NOT_FOUND", "This line is not in the index: not yet, or no longer.");
  return {
    before: found.before.map((entry) => shownEntry(entry)),
    entry: shownEntry(found.entry, true),
    after: found.after.map((entry) => shownEntry(entry)),
  };
}

const ownFields: ReadonlySet<string> = new Set(["level", "service", "instance", "host", "trace", "span", "file"]);

async function values(index: LogIndex, request: Request) {
  const field = required("field", textParameter(request, "field"));
  const limit = integerParameter(request, "limit", valuesMax) ?? 20;
  const found = await index.fieldValues(field, textParameter(request, "prefix") ?? "", limit);
  const filterOf = ownFields.has(field) ? filterOfField : filterOfAttribute;
  const byName = new Map<string, { value: string; count: number; filter?: string }>();
  for (const { value, count } of found) {
    const name = field === "level" ? (levelNameOf(Number(value)) ?? String(value)) : String(value);
    const filter = filterOf(field, field === "level" ? Number(value) : value);
    const known = byName.get(name);
    byName.set(name, { value: name, count: count + (known?.count ?? 0), ...(filter !== undefined && { filter }) });
  }
  return { field, values: [...byName.values()].sort((a, b) => b.count - a.count) };
}
