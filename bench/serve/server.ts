import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { changesTopic } from "@footfall/changes";
import { systemClock, type TenantId } from "@footfall/base";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { createRecommender } from "@footfall/recommender";
import { createLogger, createMetricsRegistry, demoWriteKeys, startServer } from "@footfall/runtime";
import { waitFor } from "@footfall/testkit";
import express from "express";
import { catalogueTable } from "./served-storage.ts";

/**
 * One server under load, in a process of its own: `server.ts recommender <storage>`, `server.ts bare <body>` or
 * `server.ts express <body>`. Sends `{url}` when it listens, answers "usage" with the CPU time it has used, in µs,
 * and its resident memory, in MB.
 */
const [kind, argument = ""] = process.argv.slice(2);

async function startRecommender(storageDir: string): Promise<string> {
  const logger = createLogger({ name: "bench", level: "warn" });
  const registry = createMetricsRegistry();
  const service = await createRecommender({
    log: await openEmbeddedLog({ folder: join(storageDir, "log") }),
    modelsFolder: join(storageDir, "models"),
    keys: demoWriteKeys,
    defaultTenant: "demo" as TenantId,
    clock: systemClock,
    random: Math.random,
    logger,
    registry,
    placements: new Map([
      ["demo", { byName: new Map([["lists", { id: "demo/lists", sessionsShare: 0 }]]), other: undefined }],
    ]),
    catalogueSources: [
      {
        tenant: "demo",
        table: `${catalogueTable.schema}.${catalogueTable.table}`,
        topic: changesTopic(catalogueTable),
        mapping: { columns: {}, otherColumns: "attributes" },
        absent: "allow",
      },
    ],
  });
  await waitFor(() => service.health().length === 0, { deadlineMs: 60_000, what: "the clicks to be read" });
  const server = await startServer({ services: [service], host: "127.0.0.1", port: 0, logger, registry });
  return server.url;
}

function startBare(body: string): Promise<string> {
  const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
  const server = createServer((_request, response) => {
    response.writeHead(200, headers);
    response.end(body);
  });
  return listening(server);
}

function startExpress(body: string): Promise<string> {
  const app = express();
  app.get("/recommendations", (_request, response) => {
    response.type("application/json").send(body);
  });
  return listening(createServer(app));
}

async function listening(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const start = kind === "recommender" ? startRecommender : kind === "bare" ? startBare : startExpress;
const url = await start(argument);
process.on("message", (message) => {
  if (message === "stop") process.exit(0);
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system, rssMb: process.memoryUsage.rss() / 1e6 });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ url });
