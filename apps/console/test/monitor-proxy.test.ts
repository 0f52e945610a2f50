import { createServer, request as ask, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createLogger, createMetricsRegistry, type RunningServer, startServer } from "@footfall/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { monitorProxy } from "../src/monitor-proxy.ts";

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

let monitor: Server;
let asked: Asked[];
let answer: { status: number; headers: Record<string, string>; body: string };
let server: RunningServer;

beforeEach(async () => {
  asked = [];
  answer = { status: 200, headers: { "Content-Type": "application/json" }, body: '{"alerts":[]}' };
  monitor = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString("utf8")));
    request.on("end", () => {
      asked.push({ method: request.method!, url: request.url!, headers: request.headers, body });
      response.writeHead(answer.status, { ...answer.headers, "X-Other": "1" }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => monitor.listen(0, "127.0.0.1", resolve));
  const operatorRouter = monitorProxy(`http://127.0.0.1:${(monitor.address() as AddressInfo).port}`);
  const service = { name: "console", operatorRouter, health: () => [], stop: async () => {} };
  const logger = createLogger({ name: "test", level: "silent" });
  const registry = createMetricsRegistry();
  server = await startServer({ services: [service], host: "127.0.0.1", port: 0, logger, registry });
});
afterEach(async () => {
  await server.close();
  await closeMonitor();
});

async function closeMonitor(): Promise<void> {
  monitor.closeAllConnections();
  if (monitor.listening) await new Promise((resolve) => monitor.close(resolve));
}

/** With headers that `fetch` would set itself. */
function post(headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const url = `${server.operatorUrl}/alerts-api/silences`;
    const sending = ask(
      url,
      { method: "POST", headers: { "Content-Type": "application/json", ...headers } },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode!));
      },
    );
    sending.on("error", reject).end('{"comment":"known"}');
  });
}

describe("monitorProxy", () => {
  it("passes on path, query and answer", async () => {
    answer = {
      status: 400,
      headers: { "Content-Type": "application/problem+json", "Cache-Control": "no-store" },
      body: "{}",
    };
    const response = await fetch(`${server.operatorUrl}/metrics-api/query?query=rate(a%7Bb%3D%22c%22%7D)&from=1`);
    expect([response.status, await response.text()]).toEqual([400, "{}"]);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.has("x-other")).toBe(false);
    expect(asked).toMatchObject([{ method: "GET", url: "/metrics-api/query?query=rate(a%7Bb%3D%22c%22%7D)&from=1" }]);
  });

  it("passes on changes with their body, and an answer without one", async () => {
    expect(await post({})).toBe(200);
    answer = { status: 204, headers: {}, body: "" };
    const ended = await fetch(`${server.operatorUrl}/alerts-api/silences/1`, { method: "DELETE" });
    expect(ended.status).toBe(204);
    expect(asked).toMatchObject([
      { method: "POST", body: '{"comment":"known"}', headers: { "content-type": "application/json" } },
      { method: "DELETE", url: "/alerts-api/silences/1", body: "" },
    ]);
  });

  it("says which site asks, also where a browser only tells the origin, so that the monitor can refuse", async () => {
    const { host } = new URL(server.operatorUrl);
    await post({ "Sec-Fetch-Site": "cross-site", Origin: `http://${host}` });
    await post({ Origin: `http://${host}` });
    await post({ Origin: "http://evil.example" });
    await post({ Origin: "null" });
    await post({});
    const sites = asked.map(({ headers }) => headers["sec-fetch-site"]);
    // The fetch of Node says `cors` of itself and no site.
    expect(sites).toEqual(["cross-site", "same-origin", "cross-site", "cross-site", undefined]);
    expect(asked.map(({ headers }) => headers["origin"])).toEqual(sites.map(() => undefined));
  });

  it("passes on nothing else", async () => {
    expect((await fetch(`${server.operatorUrl}/v1/logs`, { method: "POST" })).status).toBe(404);
    expect((await fetch(`${server.operatorUrl}/alerts-api/../health`)).status).toBe(200);
    expect(asked).toEqual([]);
  });

  it("answers 503 while the monitor is away, and 413 for more than any change holds", async () => {
    const long = await fetch(`${server.operatorUrl}/alerts-api/silences`, { method: "POST", body: "x".repeat(20_000) });
    expect(long.status).toBe(413);
    await closeMonitor();
    const away = await fetch(`${server.operatorUrl}/alerts-api/alerts`);
    expect([away.status, await away.json()]).toMatchObject([503, { code: "SERVER_UNAVAILABLE" }]);
    expect(away.headers.get("retry-after")).not.toBeNull();
  });
});
