import { AppError, type Clock } from "@footfall/base";
import type { Lake } from "@footfall/lake";
import { problemOf } from "@footfall/runtime";
import { type ErrorRequestHandler, type Request, Router } from "express";
import { readMetricLabels, readMetricNames } from "./windows/metric-catalogue.ts";
import { queryMetrics, readWatermark } from "./windows/query-metrics.ts";

export interface MetricsRoutesOptions {
  readonly lake: Lake;
  readonly clock: Clock;
  readonly tenant: string;
}

const seriesMax = 1_000;
const namesMax = 500;

/**
 * For the operator's pages. Times in ms; `to` is now by default, `from` an hour before it.
 *
 * - `GET /metrics-api/query?query=…&from=…&to=…&step=…&limit=…`: `{series: [{labels, points: [{startMs, value}]}],
 *   total, watermarkMs}`. The step in s (default 60). Of more series than the limit (default 1,000, the most), those
 *   with the greatest values; `total` is how many there are. Windows that end at or before `watermarkMs` have closed;
 *   absent: none has.
 * - `GET /metrics-api/names?search=…&from=…&to=…&limit=…`: `{names: [{name, kind}], total}`.
 * - `GET /metrics-api/labels?name=…&from=…&to=…`: `{labels: [{label, values, isComplete}]}`.
 */
export function metricsRoutes({ lake, clock, tenant }: MetricsRoutesOptions): Router {
  const router = Router();
  const inTurn = oneAfterAnother();
  router.use("/metrics-api", (_request, response, next) => {
    response.set({ "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" });
    next();
  });
  router.get("/metrics-api/query", async ({ query }, response) => {
    const stepMs = (numberOf(query, "step") ?? 60) * 1_000;
    const limit = limitOf(query, seriesMax) ?? seriesMax;
    const question = { text: textOf(query, "query"), tenant, ...spanOf(query, clock), stepMs };
    const watermarkMs = await readWatermark(lake);
    const found = await inTurn(async () => (response.destroyed ? [] : queryMetrics(lake, question)));
    const series = found.length <= limit ? found : greatest(found, limit);
    response.json({ series, total: found.length, ...(watermarkMs !== undefined && { watermarkMs }) });
  });
  router.get("/metrics-api/names", async ({ query }, response) => {
    const search = textOf(query, "search");
    const limit = limitOf(query, namesMax) ?? 50;
    response.json(await readMetricNames(lake, { tenant, ...spanOf(query, clock), search, limit }));
  });
  router.get("/metrics-api/labels", async ({ query }, response) => {
    const name = textOf(query, "name");
    if (name === "") throw invalid("name", "is missing");
    response.json({ labels: await readMetricLabels(lake, { tenant, ...spanOf(query, clock), name }) });
  });
  router.use("/metrics-api", queryProblem);
  return router;
}

/** A query that cannot be read is answered with the place of its fault. */
const queryProblem: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  const position = error instanceof AppError ? error.context["position"] : undefined;
  if (position === undefined) {
    next(error);
    return;
  }
  const problem = problemOf(error);
  response
    .status(problem.status)
    .type("application/problem+json")
    .send(JSON.stringify({ ...problem, position }));
};

/** A query may read millions of windows and answer with a million values, and a page asks a dozen at once. */
function oneAfterAnother() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}

type Found = Awaited<ReturnType<typeof queryMetrics>>;

/** In the order they came. */
function greatest(found: Found, limit: number): Found {
  const peak = ({ points }: Found[number]) => points.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0);
  const peaks = new Map(found.map((series) => [series, peak(series)]));
  const kept = new Set([...found].sort((a, b) => peaks.get(b)! - peaks.get(a)!).slice(0, limit));
  return found.filter((series) => kept.has(series));
}

function spanOf(query: Request["query"], clock: Clock) {
  const endMs = numberOf(query, "to") ?? clock();
  const startMs = numberOf(query, "from") ?? endMs - 3_600_000;
  if (startMs >= endMs) throw invalid("from", "must be before to");
  return { startMs, endMs };
}

function textOf(query: Request["query"], name: string): string {
  const text = query[name] ?? "";
  if (typeof text !== "string") throw invalid(name, "stands there more than once");
  return text;
}

function limitOf(query: Request["query"], max: number): number | undefined {
  const limit = numberOf(query, "limit");
  if (limit === undefined || (Number.isInteger(limit) && limit >= 1 && limit <= max)) return limit;
  throw invalid("limit", `must be a whole number from 1 to ${max}`);
}

/** Times are of four-digit years at most. */
const numberMax = 253_402_300_799_999;

function numberOf(query: Request["query"], name: string): number | undefined {
  if (query[name] === undefined) return undefined;
  const text = textOf(query, name);
  const number = text === "" ? Number.NaN : Number(text);
  if (!(number >= 0 && number <= numberMax)) throw invalid(name, "must be a number from 0 on");
  return number;
}

function invalid(field: string, problem: string): AppError {
  return new AppError("REQUEST_INVALID", `Parameter ${field} ${problem}.`, { context: { field } });
}
