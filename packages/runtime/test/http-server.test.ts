import { connect } from "node:net";
import { AppError } from "@footfall/base";
import { Router } from "express";
import { afterEach, describe, expect, it } from "vitest";
import {
  createLogger,
  createMetricsRegistry,
  type HealthProblem,
  type RunningServer,
  type Service,
  startServer,
} from "../src/index.ts";

const stopped: string[] = [];
let server: RunningServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
  stopped.length = 0;
});

function service(name: string, parts: Partial<Service> = {}): Service {
  return {
    name,
    health: () => [],
    stop: async () => {
      stopped.push(name);
    },
    ...parts,
  };
}

async function start(...services: Service[]): Promise<RunningServer> {
  const logger = createLogger({ name: "test", level: "silent" });
  server = await startServer({ services, host: "127.0.0.1", port: 0, logger, registry: createMetricsRegistry() });
  return server;
}

/** Sends bytes as they are, more of them once an answer begins, and gives all that comes back. */
function exchange(port: number, text: string, more?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString("utf8")));
    if (more !== undefined) socket.once("data", () => socket.write(more));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
    socket.write(text);
  });
}

describe("startServer", () => {
  it("takes hot routes before Express and hands them the query", async () => {
    const router = Router().get("/hot", (_request, response) => void response.send("express"));
    const hotRoutes = [
      {
        path: "/hot",
        handle: (_q: unknown, response: { end(text: string): void }, query: string) => response.end(query),
      },
    ];
    const { url } = await start(service("a", { router, hotRoutes: hotRoutes as Service["hotRoutes"] & object }));
    expect(await (await fetch(`${url}/hot?x=1`)).text()).toBe("x=1");
    expect(await (await fetch(`${url}/hot`)).text()).toBe("");
  });

  it.each(["//hot", "/hot/", "//hot//", "/hot/?x=//1/"])("takes %s as the hot route", async (target) => {
    const handle = (_request: unknown, response: { end(text: string): void }, query: string): void =>
      response.end(query);
    const router = Router().get("/cold", (_request, response) => void response.send("cold"));
    const { url } = await start(service("a", { hotRoutes: [{ path: "/hot", handle }], router }));
    const response = await fetch(`${url}${target}`);
    expect([response.status, await response.text()]).toEqual([200, target.includes("?") ? "x=//1/" : ""]);
    expect(await (await fetch(`${url}${target.replace("hot", "cold")}`)).text()).toBe("cold");
    expect((await fetch(`${url}/hot/more`)).status).toBe(404);
  });

  it("takes the whole address that a proxy asks for", async () => {
    const router = Router().get("/cold", (_request, response) => void response.send("cold"));
    const { url, port } = await start(service("a", { router }));
    const answer = await exchange(port, `GET ${url}/cold HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
  });

  it("takes 20 KB of cookies and a query of 40 KB", async () => {
    const router = Router().get("/cold", (request, response) => void response.json(request.url.length));
    const { url } = await start(service("a", { router }));
    const headers = { cookie: `a=${"x".repeat(20_000)}` };
    const response = await fetch(`${url}/cold?exclude=${"x".repeat(40_000)}`, { headers });
    expect([response.status, await response.json()]).toEqual([200, 40_014]);
  });

  it.each([
    ["too many headers", `GET / HTTP/1.1\r\nHost: x\r\nA: ${"x".repeat(400_000)}\r\n\r\n`, 431],
    ["no HTTP", "hello\r\n\r\n", 400],
    ["a header that is none", "GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n", 400],
  ])("answers %s with a problem that pages may read", async (_what, text, status) => {
    const { port } = await start(service("a"));
    const [head = "", body = ""] = (await exchange(port, text)).split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} .*application/problem\\+json`, "s"));
    expect(head).toContain("Access-Control-Allow-Origin: *");
    const code = status === 431 ? "REQUEST_HEADERS_TOO_LARGE" : "REQUEST_INVALID";
    expect(JSON.parse(body)).toMatchObject({ status, code });
    expect(await (await fetch(`${server!.operatorUrl}/metrics`)).text()).toContain(`{app="server",code="${code}"} 1`);
  });

  it("writes no problem into an answer that has begun", async () => {
    const router = Router().get("/begun", (_request, response) => void response.write("half"));
    const { port } = await start(service("a", { router }));
    const answer = await exchange(port, "GET /begun HTTP/1.1\r\nHost: x\r\n\r\n", "nonsense\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1.1 200 .*half\r\n$/s);
  });

  it("turns a throwing and a rejecting route into a coded 500 and lives on", async () => {
    const router = Router()
      .get("/throws", () => {
        throw new Error("secret detail");
      })
      .get("/known", () => {
        throw new AppError("REQUEST_INVALID", "limit is 1 to 100", { context: { field: "limit" } });
      });
    const hotRoutes = [
      {
        path: "/rejects",
        handle: () => Promise.reject(new AppError("LOG_UNAVAILABLE", "/srv is full", { retriable: true })),
      },
    ];
    const { url } = await start(service("a", { router, hotRoutes }));
    const thrown = await fetch(`${url}/throws`);
    expect(thrown.status).toBe(500);
    expect(await thrown.text()).not.toContain("secret detail");
    const known = await fetch(`${url}/known`);
    expect([known.status, await known.json()]).toMatchObject([400, { code: "REQUEST_INVALID", field: "limit" }]);
    const rejected = await fetch(`${url}/rejects`);
    expect([rejected.status, rejected.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await rejected.text()).not.toContain("/srv");
    expect((await fetch(`${url}/nowhere`)).headers.get("content-type")).toBe("application/problem+json");
    expect((await fetch(`${url}/%E0%A4%A`)).status).toBeLessThan(500);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect(await (await fetch(`${server!.operatorUrl}/metrics`)).text()).toContain(
      'footfall_errors_total{app="server",code="REQUEST_NOT_FOUND"}',
    );
  });

  it("tells readiness by the services' health, while liveness does not depend on it", async () => {
    const problems: HealthProblem[] = [{ code: "LOG_UNAVAILABLE", message: "The disk is full; free some space." }];
    const { url } = await start(service("a", { health: () => problems }));
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, '{"status":"not ready"}']);
    expect(await (await fetch(`${server!.operatorUrl}/health`)).text()).toContain("free some space");
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    problems.length = 0;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it("keeps what shows every shop to the operator's address", async () => {
    const operatorRouter = Router().get("/page", (_request, response) => void response.send("all shops"));
    const router = Router().get("/cold", (_request, response) => void response.send("cold"));
    const { url, operatorUrl } = await start(service("a", { operatorRouter, router }));
    const statuses = async (base: string): Promise<number[]> => {
      const paths = ["/livez", "/readyz", "/page", "/metrics", "/health", "/cold"];
      return Promise.all(paths.map(async (path) => (await fetch(base + path)).status));
    };
    expect(await statuses(url)).toEqual([200, 200, 404, 404, 404, 200]);
    expect(await statuses(operatorUrl)).toEqual([200, 200, 200, 200, 200, 404]);
  });

  it("ends the start, and frees its port, where the operator's is taken", async () => {
    const { port } = await start(service("a"));
    const logger = createLogger({ name: "test", level: "silent" });
    const options = { services: [], host: "127.0.0.1", port: 0, logger, registry: createMetricsRegistry() };
    await expect(startServer({ ...options, operatorPort: port })).rejects.toThrow(/Choose another port/);
  });

  it("shows warnings, and is ready all the same", async () => {
    const warnings: HealthProblem[] = [{ code: "LOG_UNAVAILABLE", message: "spooling" }];
    await start(service("a", { warnings: () => warnings }));
    const response = await fetch(`${server!.operatorUrl}/health`);
    expect([response.status, await response.json()]).toEqual([
      200,
      { status: "ready", services: [{ service: "a", problems: [], warnings }] },
    ]);
  });

  it("shows details, where a service has some", async () => {
    await start(service("a", { details: () => ({ nextRun: "tonight" }) }), service("b"));
    expect(await (await fetch(`${server!.operatorUrl}/health`)).json()).toEqual({
      status: "ready",
      services: [
        { service: "a", problems: [], details: { nextRun: "tonight" } },
        { service: "b", problems: [] },
      ],
    });
  });

  it("finishes requests under way before it stops services, last mounted first", async () => {
    let release: (() => void) | undefined;
    const hotRoutes = [
      {
        path: "/slow",
        handle: (_request: unknown, response: { end(text: string): void }) =>
          new Promise<void>((resolve) => {
            release = () => {
              response.end(stopped.join());
              resolve();
            };
          }),
      },
    ];
    const { url, close } = await start(
      service("first", { hotRoutes: hotRoutes as Service["hotRoutes"] & object }),
      service("second"),
    );
    const answer = fetch(`${url}/slow`, { headers: { connection: "close" } });
    await expect.poll(() => release).toBeDefined();
    const closed = close();
    release?.();
    expect(await (await answer).text()).toBe("");
    await closed;
    expect(stopped).toEqual(["second", "first"]);
  });

  it("says which port is taken and what to do", async () => {
    const { port } = await start(service("a"));
    const logger = createLogger({ name: "test", level: "silent" });
    const again = startServer({ services: [], host: "127.0.0.1", port, logger, registry: createMetricsRegistry() });
    await expect(again).rejects.toThrow(/Choose another port/);
  });
});
