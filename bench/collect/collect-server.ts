import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "@footfall/base";
import { createCollector } from "@footfall/collector";
import { topics } from "@footfall/events";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { createLogger, createMetricsRegistry, demoWriteKeys, startServer } from "@footfall/runtime";

/**
 * The server of the benchmark, in a process of its own: `collect-server.ts collector <folder>` or
 * `collect-server.ts bare`. Tells its port; answers `cpu` with what it used so far, and `count` with the distinct
 * event ids in its log.
 */
export type ServerMessage = { readonly port: number } | { readonly cpuMicros: number } | { readonly ids: number };

const [mode, folder = ""] = process.argv.slice(2);
const tell = (message: ServerMessage): void => void process.send?.(message);
const server = mode === "bare" ? await startBare() : await startCollector();

process.on("message", (question) => {
  if (question === "cpu") {
    const { user, system } = process.cpuUsage();
    tell({ cpuMicros: user + system });
  } else if (question === "count") {
    void server.countIds().then((ids) => tell({ ids }));
  }
});
process.on("disconnect", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
tell({ port: server.port });

interface BenchServer {
  readonly port: number;
  countIds(): Promise<number>;
}

/** The least a server can do with the body: read it, parse it, answer as many bytes. */
async function startBare(): Promise<BenchServer> {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { events } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { events: unknown[] };
      const receipt = '{"eventId":"00000000-0000-0000-0000-000000000000","status":"accepted"}';
      const body = `{"receipts":[${Array.from({ length: events.length }, () => receipt).join(",")}]}`;
      response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
      response.end(body);
    });
  };
  const bare = createServer({ keepAliveTimeout: 65_000 }, answer);
  await new Promise<void>((resolve) => bare.listen(0, "127.0.0.1", resolve));
  return { port: (bare.address() as AddressInfo).port, countIds: () => Promise.resolve(0) };
}

async function startCollector(): Promise<BenchServer> {
  const logger = createLogger({ name: "collector", level: "warn" });
  const registry = createMetricsRegistry();
  const log = await openEmbeddedLog({ folder });
  const collector = await createCollector({
    log,
    keys: demoWriteKeys,
    clock: systemClock,
    random: Math.random,
    logger,
    registry,
    trackerScript: Buffer.from("/* none */"),
    // Never reached, but not off: what quotas cost is measured too.
    bounds: { keyEventsPerSecondMax: 1e9, keyBytesPerSecondMax: 1e12 },
  });
  const running = await startServer({ services: [collector], host: "127.0.0.1", port: 0, logger, registry });
  const countIds = async (): Promise<number> => {
    const ids = new Set<string>();
    const partitions = await log.offsets(topics.clicks);
    for (let partition = 0; partition < partitions.length; partition++) {
      for await (const batch of log.read({ topic: topics.clicks, partition, startOffset: 0n })) {
        for (const record of batch.records) {
          ids.add((JSON.parse(record.value!.toString("utf8")) as { eventId: string }).eventId);
        }
      }
    }
    return ids.size;
  };
  return { port: running.port, countIds };
}
