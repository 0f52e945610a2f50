import { gzipSync } from "node:zlib";
import { AppError } from "@footfall/base";
import type { AppendRecord } from "@footfall/log";
import { metricsTopic, readMetricScrape } from "@footfall/metrics";
import { createLogger, Registry, startServer } from "@footfall/runtime";
import { temporaryFolder } from "@footfall/testkit";
import { expect, onTestFinished, test } from "vitest";
import { createAgent } from "../../src/create-agent.ts";

const nowMs = Date.UTC(2026, 10, 29);

async function start() {
  const folder = await temporaryFolder();
  const appended: AppendRecord[] = [];
  const state = { isAway: false };
  const logger = createLogger({ name: "agent", level: "silent" });
  const registry = new Registry();
  const agent = await createAgent({
    log: {
      createTopic: async () => {},
      append: async (topic, records) => {
        if (state.isAway) throw new AppError("LOG_UNAVAILABLE", "away", { retriable: true });
        expect(topic).toBe(metricsTopic);
        appended.push(...records);
        return [];
      },
    },
    file: { tenant: "demo", otlp: { targetsMax: 1 } },
    folder: folder.path,
    clock: () => nowMs,
    random: Math.random,
    logger,
    registry,
    bodyBytesMax: 10_000,
  });
  const server = await startServer({ services: [agent], host: "127.0.0.1", port: 0, logger, registry });
  onTestFinished(async () => {
    await server.close();
    await folder.remove();
  });
  const send = (
    body: unknown,
    headers: Record<string, string> = {},
    pack: (text: string) => string | Buffer<ArrayBuffer> = (text) => text,
  ) =>
    fetch(`${server.url}/v1/metrics`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: pack(JSON.stringify(body)),
    });
  const scrapes = () =>
    appended.map(({ value }) => {
      const read = readMetricScrape(String(value));
      if (!read.ok) throw new Error(read.reason);
      return read.scrape;
    });
  return { send, scrapes, state, registry };
}

function request(service: string, ...values: readonly unknown[]) {
  const attributes = [{ key: "service.name", value: { stringValue: service } }];
  const dataPoints = values.map((asInt) => ({ timeUnixNano: `${nowMs}000000`, asInt }));
  const metrics = [{ name: "queue.depth", gauge: { dataPoints } }];
  return { resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }] };
}

test("metrics over OTLP are scrapes in topic metrics once they are answered, also packed", async () => {
  const { send, scrapes } = await start();
  const answer = await send(request("cart", "7"), { "Content-Encoding": "gzip" }, (text) => gzipSync(text));
  expect([answer.status, await answer.json()]).toEqual([200, {}]);
  expect(scrapes()).toEqual([
    {
      tenant: "demo",
      job: "cart",
      instance: "unknown",
      sampledAtMs: nowMs,
      isUp: true,
      samples: [{ name: "queue_depth", kind: "gauge", labels: {}, value: 7 }],
    },
  ]);
});

test("points that are refused are said and counted, the others taken; the answer is 200, so that none is sent again", async () => {
  const { send, scrapes, registry } = await start();
  const answer = await send(request("cart", 1, "many"));
  expect([answer.status, await answer.json()]).toEqual([
    200,
    { partialSuccess: { rejectedDataPoints: 1, errorMessage: 'metric queue.depth: "many" is no number' } },
  ]);
  const full = (await (await send(request("other", 1))).json()) as object;
  expect(full).toMatchObject({ partialSuccess: { errorMessage: expect.stringContaining("too many targets") } });
  expect(scrapes().map(({ job }) => job)).toEqual(["cart"]);
  const text = await registry.metrics();
  expect(text).toContain('footfall_agent_otlp_overflow_total{signal="metrics"} 1');
  expect(text).toContain('footfall_agent_otlp_items_total{signal="metrics",result="rejected"} 2');
});

test.each([
  ["protobuf", { "Content-Type": "application/x-protobuf" }, 415, "http/json"],
  ["an encoding that is not known", { "Content-Encoding": "zstd" }, 415, "zstd"],
  ["no request", {}, 400, "ExportMetricsServiceRequest"],
])("%s is refused for good, saying why", async (_, headers, status, detail) => {
  const { send } = await start();
  const answer = await send({ resourceMetrics: 5 }, headers as Record<string, string>);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ detail: expect.stringContaining(detail) });
});

test("what is too large is refused, and while the log is away exporters are to send again", async () => {
  const { send, state } = await start();
  expect((await send({ resourceMetrics: ["x".repeat(20_000)] })).status).toBe(413);
  state.isAway = true;
  const answer = await send(request("cart", 1));
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
});
