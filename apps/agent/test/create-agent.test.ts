import { appendFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { AppError, systemClock } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { createLogger, Registry, type RunningServer, startServer } from "@footfall/runtime";
import { type LogEntry, logsTopic, readLogEntry } from "@footfall/service-logs";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AgentFile } from "../src/agent-file.ts";
import { createAgent } from "../src/create-agent.ts";

let folder: TemporaryFolder;
let log: EventLog;
let server: RunningServer | undefined;
beforeEach(async () => {
  folder = await temporaryFolder();
  log = await openEmbeddedLog({ folder: join(folder.path, "log") });
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await log.close();
  await folder.remove();
});

async function start(file: AgentFile, to: Pick<EventLog, "append" | "createTopic"> = log): Promise<string> {
  const logger = createLogger({ name: "agent", level: "silent" });
  const registry = new Registry();
  const agent = await createAgent({
    log: to,
    file,
    folder: join(folder.path, "agent"),
    clock: systemClock,
    random: Math.random,
    logger,
    registry,
    bodyBytesMax: 10_000,
    pollMs: 20,
  });
  server = await startServer({ services: [agent], host: "127.0.0.1", port: 0, logger, registry });
  return server.url;
}

async function entries(): Promise<LogEntry[]> {
  const found: LogEntry[] = [];
  for (const partition of (await log.offsets(logsTopic).catch(() => [])).keys()) {
    for await (const { records } of log.read({ topic: logsTopic, partition, startOffset: 0n })) {
      for (const { value } of records) {
        const read = readLogEntry(value!.toString());
        if (read.ok) found.push(read.entry);
      }
    }
  }
  return found;
}

describe("the agent", () => {
  it("brings lines of files into topic logs, and goes on where it stopped", async () => {
    const path = join(folder.path, "cart.log");
    const file = { host: "h1", logs: [{ paths: [`${path}*`], service: "cart", format: "auto" as const }] };
    await appendFile(path, '{"level":50,"time":1764000000000,"msg":"no such cart"}\nlevel=info msg="cart made"\n');
    await start(file);
    await waitFor(async () => (await entries()).length === 2, { deadlineMs: 20_000 });
    await server?.close();

    await appendFile(path, "third\n");
    await rename(path, `${path}.1`);
    await appendFile(path, "fourth\n");
    await start(file);
    await waitFor(async () => (await entries()).length >= 4, { deadlineMs: 20_000 });
    const found = await entries();
    expect(found.map(({ body }) => body).toSorted()).toEqual(["cart made", "fourth", "no such cart", "third"]);
    expect(found.find(({ body }) => body === "no such cart")).toMatchObject({
      occurredAtMs: 1_764_000_000_000,
      severityNumber: 17,
      service: "cart",
      instance: "h1",
      host: "h1",
      source: { path, offset: 0 },
    });
  });

  it("sends a file to one partition, whatever services its lines name: sinks tell repeats by growing positions", async () => {
    const path = join(folder.path, "all.log");
    const services = Array.from({ length: 20 }, (_, at) => `service-${at}`);
    await appendFile(
      path,
      services.map((service) => `${JSON.stringify({ level: "info", service, msg: "x" })}\n`).join(""),
    );
    await start({ logs: [{ paths: [path], service: "all" }] });
    await waitFor(async () => (await entries()).length === 20, { deadlineMs: 20_000 });
    expect((await entries()).map(({ service }) => service)).toEqual(services);
    const ends = (await log.offsets(logsTopic)).map(({ endOffset }) => endOffset);
    expect(ends.length).toBeGreaterThan(1);
    expect(ends.filter((end) => end > 0n)).toEqual([20n]);
  });

  it("waits for a log that is away, loses nothing, and says so", async () => {
    const path = join(folder.path, "cart.log");
    let isAway = true;
    const away = new AppError("LOG_UNAVAILABLE", "away", { retriable: true });
    const flaky: Pick<EventLog, "append" | "createTopic"> = {
      createTopic: (spec) => (isAway ? Promise.reject(away) : log.createTopic(spec)),
      append: (topic, records) => (isAway ? Promise.reject(away) : log.append(topic, records)),
    };
    await appendFile(path, "one\ntwo\n");
    const url = await start({ logs: [{ paths: [path], service: "cart" }] }, flaky);
    await waitFor(async () => (await fetch(`${url}/readyz`)).status === 503, { deadlineMs: 20_000 });
    isAway = false;
    await waitFor(async () => (await entries()).length === 2, { deadlineMs: 20_000 });
    await waitFor(async () => (await fetch(`${url}/readyz`)).status === 200, { deadlineMs: 20_000 });
  });

  it("takes logs over OTLP as JSON, and says what it does not take", async () => {
    const url = await start({});
    await log.createTopic({ name: logsTopic, partitions: 1 });
    const record = { timeUnixNano: "1764000000000000000", severityNumber: 9, body: { stringValue: "hello" } };
    const resource = { attributes: [{ key: "service.name", value: { stringValue: "cart" } }] };
    const send = (body: unknown, type = "application/json") =>
      fetch(`${url}/v1/logs`, { method: "POST", headers: { "Content-Type": type }, body: JSON.stringify(body) });
    const taken = await send({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record, 5] }] }] });
    expect(taken.status).toBe(200);
    expect(await taken.json()).toMatchObject({ partialSuccess: { rejectedLogRecords: 1 } });
    expect(await entries()).toMatchObject([{ body: "hello", service: "cart", occurredAtMs: 1_764_000_000_000 }]);
    expect((await send({ resourceLogs: 5 })).status).toBe(400);
    expect(await (await send({}, "application/x-protobuf")).json()).toMatchObject({
      status: 415,
      code: "REQUEST_TYPE_UNSUPPORTED",
      detail: expect.stringContaining("http/json"),
    });
    expect((await send({ resourceLogs: ["x".repeat(20_000)] })).status).toBe(413);
  });
});
