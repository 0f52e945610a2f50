import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { AppError } from "@footfall/base";
import type { Express } from "express";
import { answerClientError } from "./client-error.ts";
import { type AppParts, operatorApp, publicApp } from "./express-apps.ts";
import type { Logger } from "./logger.ts";
import { errorCounter, measureServices, type Registry } from "./metrics.ts";
import { sendProblem } from "./problem.ts";
import type { HotRoute, Service } from "./service.ts";

export interface ServerOptions {
  readonly services: readonly Service[];
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Where operators look. Default: loopback. */
  readonly operatorHost?: string;
  /** Names by which operators may ask beside IP addresses, `localhost` and `operatorHost`, with commas between them. */
  readonly operatorHostNames?: string;
  /** 0, the default, takes a free one. */
  readonly operatorPort?: number;
  readonly logger: Logger;
  readonly registry: Registry;
}

export interface RunningServer {
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly operatorUrl: string;
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
/**
 * Bytes of a request's address and headers; past it the answer is 431. Room for the cookies of a grown shop (20 KB) and
 * for the longest `exclude`: 1,000 items of 36 characters, escaped commas between them.
 */
const headBytesMax = 131_072;

/**
 * Mounts services on two addresses. The public one has hot routes first, Express for the rest, and health in a word;
 * the operator's has metrics, health in full and the pages for operators, which show every shop.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { services, registry, host, port, operatorHost = "127.0.0.1", operatorPort = 0 } = options;
  const { operatorHostNames = "" } = options;
  const countError = errorCounter(registry);
  measureServices(registry, services);
  const parts = { ...options, operatorHost, operatorHostNames, countError };
  const hotRoutes = new Map<string, HotRoute>();
  for (const service of services) for (const route of service.hotRoutes ?? []) hotRoutes.set(route.path, route);
  const server = createHttpServer(parts, hotRoutes, publicApp(parts));
  const operatorServer = createHttpServer(parts, new Map(), operatorApp(parts));
  await listen(server, host, port);
  try {
    await listen(operatorServer, operatorHost, operatorPort);
  } catch (error) {
    server.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    const drained = Promise.all([drain(server), drain(operatorServer)]);
    for (const service of services) service.endStreams?.();
    await drained;
    for (const service of [...services].reverse()) await service.stop();
  };
  return {
    url: urlOf(server, host),
    port: (server.address() as AddressInfo).port,
    operatorUrl: urlOf(operatorServer, operatorHost),
    close: () => (closing ??= closeAll()),
  };
}

function createHttpServer(
  { logger, countError }: AppParts,
  hotRoutes: ReadonlyMap<string, HotRoute>,
  handleByExpress: Express,
): Server {
  const fail = (error: unknown, route: HotRoute, response: ServerResponse): void => {
    logger.error({ error, path: route.path }, "a hot route failed");
    countError("server", sendProblem(response, error).code);
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    let target = request.url ?? "/";
    let queryStart = target.indexOf("?");
    let route = hotRoutes.get(queryStart < 0 ? target : target.slice(0, queryStart));
    if (!route) {
      request.url = target = plainTarget(target);
      queryStart = target.indexOf("?");
      route = hotRoutes.get(queryStart < 0 ? target : target.slice(0, queryStart));
    }
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
  const limits = { requestTimeout: requestTimeoutMs, keepAliveTimeout: 65_000, maxHeaderSize: headBytesMax };
  const server = createServer(limits, onRequest);
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const problem = answerClientError(error, socket, headBytesMax);
    if (problem) countError("server", problem.code);
  });
  return server;
}

/**
 * The target as routes know it. Proxies send the whole address; joined addresses have a slash too many
 * (`//v1/events`, `/v1/events/`).
 */
function plainTarget(target: string): string {
  const local = target.replace(/^https?:\/\/[^/?]*/i, "");
  const queryStart = local.indexOf("?");
  const path = queryStart < 0 ? local : local.slice(0, queryStart);
  const plainPath = path.replaceAll(/\/{2,}/g, "/").replace(/(?<=.)\/$/, "");
  return `${plainPath === "" ? "/" : plainPath}${queryStart < 0 ? "" : local.slice(queryStart)}`;
}

/** An address that a browser on this machine can open. */
function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const isAny = host === "0.0.0.0" || host === "::";
  return `http://${isAny ? "localhost" : host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const message = `Cannot listen on ${host}:${port} (${cause.code}). Choose another port or end what uses it.`;
      reject(new AppError("CONFIG_INVALID", message, { cause }));
    });
    server.listen(port, host, resolve);
  });
}

async function drain(server: Server): Promise<void> {
  const drained = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const deadline = setTimeout(() => server.closeAllConnections(), drainMaxMs);
  await drained;
  clearTimeout(deadline);
}
