import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AppError } from "@footfall/base";
import express, { type ErrorRequestHandler, type Express } from "express";
import type { Logger } from "./logger.ts";
import { errorCounter, type Registry } from "./metrics.ts";
import { docsRouter } from "./open-api/docs-router.ts";
import { sendProblem } from "./problem.ts";
import type { HotRoute, Service } from "./service.ts";

export interface ServerOptions {
  readonly services: readonly Service[];
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly logger: Logger;
  readonly registry: Registry;
}

export interface RunningServer {
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /**
   * Takes no new request, lets those under way finish (at most `drainMaxMs`), then stops the services in reverse
   * order.
   */
  close(): Promise<void>;
}

/** How long requests under way may take when the server closes. */
const drainMaxMs = 10_000;
/** A client that sends its headers or body slower than this is cut off. */
const requestTimeoutMs = 30_000;

/** Mounts services on one port: hot routes first, Express for the rest, the operator's routes, and their API's page. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { services, logger, registry } = options;
  const countError = errorCounter(registry);
  const hotRoutes = new Map<string, HotRoute>();
  for (const service of services) for (const route of service.hotRoutes ?? []) hotRoutes.set(route.path, route);
  const handleByExpress = expressApp(options, countError);

  const fail = (error: unknown, route: HotRoute, response: ServerResponse): void => {
    logger.error({ error, path: route.path }, "a hot route failed");
    countError("server", sendProblem(response, error).code);
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const target = request.url ?? "/";
    const queryStart = target.indexOf("?");
    const route = hotRoutes.get(queryStart < 0 ? target : target.slice(0, queryStart));
    if (!route) {
      handleByExpress(request, response);
      return;
    }
    try {
      const pending = route.handle(request, response, queryStart < 0 ? "" : target.slice(queryStart + 1));
      if (pending) pending.catch((error: unknown) => fail(error, route, response));
    } catch (error) {
      fail(error, route, response);
    }
  };

  const server = createServer({ requestTimeout: requestTimeoutMs, keepAliveTimeout: 65_000 }, onRequest);
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const url = `http://${options.host}:${port}`;
  let closing: Promise<void> | undefined;
  return { url, port, close: () => (closing ??= close(server, services)) };
}

function expressApp(
  { services, logger, registry }: ServerOptions,
  countError: ReturnType<typeof errorCounter>,
): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.get("/livez", (_request, response) => {
    response.json({ status: "alive" });
  });
  app.get(["/health", "/readyz"], (_request, response) => {
    const report = services.map((service) => ({
      service: service.name,
      problems: service.health(),
      ...(service.warnings === undefined ? {} : { warnings: service.warnings() }),
    }));
    const isReady = report.every((entry) => entry.problems.length === 0);
    response.status(isReady ? 200 : 503).json({ status: isReady ? "ready" : "not ready", services: report });
  });
  app.get("/metrics", async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  const fragments = services.flatMap(({ openApi }) => openApi ?? []);
  if (fragments.length > 0) app.use(docsRouter(fragments));
  for (const service of services) if (service.router) app.use(service.router);
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

/** What Express's own parts throw for a client's fault (bad JSON, bad escapes, too large) carries a 4xx `status`. */
function asRequestError(error: unknown): unknown {
  const status = (error as { status?: unknown } | null)?.status;
  if (typeof status !== "number" || status < 400 || status > 499) return error;
  return new AppError("REQUEST_INVALID", (error as Error).message, { cause: error });
}

async function listen(server: Server, { host, port }: ServerOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const message = `Cannot listen on ${host}:${port} (${cause.code}). Choose another port or end what uses it.`;
      reject(new AppError("CONFIG_INVALID", message, { cause }));
    });
    server.listen(port, host, resolve);
  });
}

async function close(server: Server, services: readonly Service[]): Promise<void> {
  const drained = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const deadline = setTimeout(() => server.closeAllConnections(), drainMaxMs);
  await drained;
  clearTimeout(deadline);
  for (const service of [...services].reverse()) await service.stop();
}
