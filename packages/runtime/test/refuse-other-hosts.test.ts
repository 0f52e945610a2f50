import { request } from "node:http";
import { Router } from "express";
import { afterEach, describe, expect, it } from "vitest";
import {
  createLogger,
  createMetricsRegistry,
  readConfig,
  type RunningServer,
  sharedSettings,
  startServer,
} from "../src/index.ts";

let server: RunningServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(names: { operatorHost?: string; operatorHostNames?: string } = {}): Promise<void> {
  const operatorRouter = Router().get("/page", (_request, response) => void response.send("all shops"));
  const service = { name: "a", operatorRouter, health: () => [], stop: async () => {} };
  const logger = createLogger({ name: "test", level: "silent" });
  const registry = createMetricsRegistry();
  server = await startServer({ services: [service], host: "127.0.0.1", port: 0, logger, registry, ...names });
}

function ask(host: string, path = "/page", base = server!.operatorUrl): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(new URL(path, base), { headers: { host } }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asking.on("error", reject).end();
  });
}

describe("refuseOtherHosts", () => {
  it.each([
    "localhost",
    "LocalHost:8090",
    "console.localhost:8090",
    "localhost.",
    "127.0.0.1:8090",
    "10.1.2.3",
    "[::1]:8090",
    "[fd00::2]",
  ])("answers whoever asks for %s", async (host) => {
    await start();
    expect(await ask(host)).toEqual({ status: 200, text: "all shops" });
  });

  it.each([
    "rebound.example",
    "rebound.example:8090",
    "localhost.rebound.example",
    "127.0.0.1.rebound.example",
    "notlocalhost",
    "127.0.0.1@rebound.example",
    "[rebound.example]",
    "[127.0.0.1]",
    "a:b:c",
    ".",
  ])("refuses %j with a problem that says what to set", async (host) => {
    await start();
    const { status, text } = await ask(host);
    expect([status, JSON.parse(text)]).toMatchObject([421, { code: "REQUEST_HOST_UNKNOWN", status: 421 }]);
    expect(text).toContain("FOOTFALL_OPERATOR_HOST_NAMES");
  });

  it("keeps metrics, health and what is nowhere from other hosts, and says alone that it lives", async () => {
    await start();
    const paths = ["/metrics", "/health", "/readyz", "/nowhere", "/livez"];
    const statuses = await Promise.all(paths.map(async (path) => (await ask("rebound.example", path)).status));
    expect(statuses).toEqual([421, 421, 421, 421, 200]);
    const { text } = await ask("localhost", "/metrics");
    expect(text).toContain('footfall_errors_total{app="server",code="REQUEST_HOST_UNKNOWN"} 4');
  });

  it("knows the names of its setting, in any case, and where it listens", async () => {
    await start({ operatorHost: "localhost", operatorHostNames: "Collector, ops.example." });
    const hosts = ["collector:8091", "OPS.example", "ops.example.:80", "other.example", "example", "xcollector"];
    const statuses = await Promise.all(hosts.map(async (host) => (await ask(host)).status));
    expect(statuses).toEqual([200, 200, 200, 421, 421, 421]);
  });

  it("leaves the public address to everybody", async () => {
    await start();
    expect((await ask("shop.example", "/livez", server!.url)).status).toBe(200);
    expect((await ask("shop.example", "/readyz", server!.url)).status).toBe(200);
  });
});

describe("FOOTFALL_OPERATOR_HOST_NAMES", () => {
  const read = (names: string) =>
    readConfig("collector", sharedSettings, { FOOTFALL_OPERATOR_HOST_NAMES: names }).operatorHostNames;

  it("takes names", () => {
    for (const names of ["", "collector", "collector,ops.example", "collector, ops.example"])
      expect(read(names)).toBe(names);
  });

  it.each(["http://ops.example", "ops.example:8090", "ops.example/", "a b", "*"])("does not take %j", (names) => {
    expect(() => read(names)).toThrow(/FOOTFALL_OPERATOR_HOST_NAMES/);
  });
});
