import { AppError, type Clock } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { metricsTopic, readOtlpMetrics, scrapeParts } from "@footfall/metrics";
import { logKeyOf, logsTopic, readOtlpLogs } from "@footfall/service-logs";
import express, { type Request, type RequestHandler, type Response, Router } from "express";
import type { OtlpSenders } from "./otlp-senders.ts";

export interface OtlpRoutesOptions {
  readonly log: Pick<EventLog, "append">;
  readonly clock: Clock;
  readonly bodyBytesMax: number;
  readonly tenant: string;
  readonly senders: OtlpSenders;
  readonly onReceived: (signal: "logs" | "metrics", taken: number, rejected: number) => void;
}

/**
 * Takes what OpenTelemetry's exporters send over HTTP as JSON. What is answered with 200 is in the log; while that is
 * away the answer is 503, and exporters send again.
 */
export function otlpRoutes(options: OtlpRoutesOptions): Router {
  const router = Router();
  const readJson = express.json({ limit: options.bodyBytesMax, type: () => true });
  const take = (work: typeof takeLogs): RequestHandler[] => [
    requireJson,
    readJson,
    (request: Request, response: Response) => work(options, request.body as unknown, response),
  ];
  router.post("/v1/logs", take(takeLogs));
  router.post("/v1/metrics", take(takeMetrics));
  return router;
}

async function takeLogs(options: OtlpRoutesOptions, body: unknown, response: Response): Promise<void> {
  const { log, clock, senders, onReceived } = options;
  const read = readOtlpLogs(body, clock());
  if (!read.ok) throw new AppError("REQUEST_INVALID", read.problem);
  const { rejectedLogRecords, errorMessage } = read;
  const entries = read.entries.map((entry) => senders.placed(entry));
  await append(
    log,
    logsTopic,
    entries.map((entry) => [logKeyOf(entry), entry]),
  );
  onReceived("logs", entries.length, rejectedLogRecords);
  response.json(rejectedLogRecords > 0 ? { partialSuccess: { rejectedLogRecords, errorMessage } } : {});
}

async function takeMetrics(options: OtlpRoutesOptions, body: unknown, response: Response): Promise<void> {
  const { log, clock, senders, tenant, onReceived } = options;
  const hasRoom: typeof senders.hasRoom = (target) => senders.hasRoom(target);
  const read = readOtlpMetrics(body, { tenant, nowMs: clock(), hasRoom });
  if (!read.ok) throw new AppError("REQUEST_INVALID", read.problem);
  const { scrapes, takenDataPoints, rejectedDataPoints, errorMessage } = read;
  await append(
    log,
    metricsTopic,
    scrapes.flatMap(scrapeParts).map((part) => [part.instance, part]),
  );
  onReceived("metrics", takenDataPoints, rejectedDataPoints);
  response.json(rejectedDataPoints > 0 ? { partialSuccess: { rejectedDataPoints, errorMessage } } : {});
}

async function append(
  log: OtlpRoutesOptions["log"],
  topic: string,
  records: readonly (readonly [key: string, value: object])[],
): Promise<void> {
  if (records.length === 0) return;
  await log.append(
    topic,
    records.map(([key, value]) => ({ key, value: Buffer.from(JSON.stringify(value)) })),
  );
}

function requireJson(request: Request, _response: unknown, next: () => void): void {
  if (request.is("application/json") === "application/json") return next();
  throw new AppError(
    "REQUEST_TYPE_UNSUPPORTED",
    `Content-Type ${request.get("content-type") ?? ""} is not taken: have the exporter send JSON ` +
      "(OTEL_EXPORTER_OTLP_PROTOCOL=http/json).",
  );
}
