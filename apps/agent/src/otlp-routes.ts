import { AppError, type Clock } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { logKeyOf, logsTopic, readOtlpLogs } from "@footfall/service-logs";
import express, { type Request, type Response, Router } from "express";

export interface OtlpRoutesOptions {
  readonly log: Pick<EventLog, "append">;
  readonly clock: Clock;
  readonly bodyBytesMax: number;
  readonly onReceived: (signal: "logs" | "metrics", taken: number, rejected: number) => void;
}

/**
 * Takes what OpenTelemetry's exporters send over HTTP as JSON. What is answered with 200 is in the log; while that is
 * away the answer is 503, and exporters send again.
 */
export function otlpRoutes({ log, clock, bodyBytesMax, onReceived }: OtlpRoutesOptions): Router {
  const router = Router();
  const readJson = express.json({ limit: bodyBytesMax, type: () => true });
  const takeLogs = async (request: Request, response: Response): Promise<void> => {
    const read = readOtlpLogs(request.body as unknown, clock());
    if (!read.ok) throw new AppError("REQUEST_INVALID", read.problem);
    const { entries, rejectedLogRecords, errorMessage } = read;
    if (entries.length > 0) {
      await log.append(
        logsTopic,
        entries.map((entry) => ({ key: logKeyOf(entry), value: Buffer.from(JSON.stringify(entry)) })),
      );
    }
    onReceived("logs", entries.length, rejectedLogRecords);
    response.json(rejectedLogRecords > 0 ? { partialSuccess: { rejectedLogRecords, errorMessage } } : {});
  };
  router.post("/v1/logs", requireJson, readJson, (request, response) => takeLogs(request, response));
  return router;
}

function requireJson(request: Request, _response: unknown, next: () => void): void {
  if (request.is("application/json") === "application/json") return next();
  throw new AppError(
    "REQUEST_INVALID",
    `Content-Type ${request.get("content-type") ?? ""} is not taken: have the exporter send JSON ` +
      "(OTEL_EXPORTER_OTLP_PROTOCOL=http/json).",
  );
}
