import { AppError, type ErrorCode } from "@footfall/base";
import express, { type ErrorRequestHandler, type Express } from "express";
import type { Logger } from "./logger.ts";
import type { Registry } from "./metrics.ts";
import { docsRouter } from "./open-api/docs-router.ts";
import { sendProblem } from "./problem.ts";
import { refuseOtherHosts } from "./refuse-other-hosts.ts";
import type { Service } from "./service.ts";

export interface AppParts {
  readonly services: readonly Service[];
  readonly logger: Logger;
  readonly registry: Registry;
  readonly countError: (app: string, code: ErrorCode) => void;
  /** Where operators look. */
  readonly operatorHost: string;
  /** Further names of it, with commas between them. */
  readonly operatorHostNames: string;
}

/** What everybody may reach: the services' routes, the page of their API, and whether they are ready. */
export function publicApp(parts: AppParts): Express {
  const app = emptyApp();
  app.get("/readyz", (_request, response) => {
    const { status, isReady } = readiness(parts.services);
    response.status(isReady ? 200 : 503).json({ status });
  });
  const fragments = parts.services.flatMap(({ openApi }) => openApi ?? []);
  if (fragments.length > 0) app.use(docsRouter(fragments));
  for (const service of parts.services) if (service.router) app.use(service.router);
  return withErrors(app, parts);
}

/** What operators reach, by names of this server alone: metrics, what is wrong in words, and their pages. */
export function operatorApp(parts: AppParts): Express {
  const { services, registry } = parts;
  const app = emptyApp();
  app.use(refuseOtherHosts(parts));
  app.get(["/health", "/readyz"], (_request, response) => {
    const { status, isReady, report } = readiness(services);
    response.status(isReady ? 200 : 503).json({ status, services: report });
  });
  app.get("/metrics", async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  for (const service of services) if (service.operatorRouter) app.use(service.operatorRouter);
  return withErrors(app, parts);
}

function emptyApp(): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.get("/livez", (_request, response) => {
    response.json({ status: "alive" });
  });
  return app;
}

function readiness(services: readonly Service[]) {
  const report = services.map((service) => ({
    service: service.name,
    problems: service.health(),
    ...(service.warnings === undefined ? {} : { warnings: service.warnings() }),
    ...(service.details === undefined ? {} : { details: service.details() }),
  }));
  const isReady = report.every((entry) => entry.problems.length === 0);
  return { report, isReady, status: isReady ? "ready" : "not ready" };
}

function withErrors(app: Express, { logger, countError }: AppParts): Express {
  app.use((request, response) => {
    const error = new AppError("REQUEST_NOT_FOUND", `There is nothing at ${request.method} ${request.path}.`);
    countError("server", sendProblem(response, error).code);
  });
  const onError: ErrorRequestHandler = (error: unknown, request, response, _next) => {
    const known = error instanceof AppError ? error : asRequestError(error);
    const problem = sendProblem(response, known);
    countError("server", problem.code);
    if (problem.status >= 500) logger.error({ error, path: request.path }, "a request failed");
  };
  app.use(onError);
  return app;
}

const codeByStatus: Readonly<Record<number, ErrorCode>> = {
  413: "EVENT_BODY_TOO_LARGE",
  415: "REQUEST_TYPE_UNSUPPORTED",
};

/** What Express's own parts throw for a client's fault (bad JSON, bad escapes, too large) carries a 4xx `status`. */
function asRequestError(error: unknown): unknown {
  const status = (error as { status?: unknown } | null)?.status;
  if (typeof status !== "number" || status < 400 || status > 499) return error;
  return new AppError(codeByStatus[status] ?? "REQUEST_INVALID", (error as Error).message, { cause: error });
}
