import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@footfall/base";
import { type Lake, openLake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { EmbeddedLogIndex } from "@footfall/log-index/embedded";
import { createLogger, Registry, type Service } from "@footfall/runtime";
import { type LogEntry, logKeyOf, logsTopic } from "@footfall/service-logs";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createIndexer } from "../src/create-indexer.ts";

const patience = { deadlineMs: 30_000 };
const startMs = Date.UTC(2026, 10, 29);
let folder: TemporaryFolder;
let log: EventLog;
let lake: Lake;
let index: EmbeddedLogIndex;
let indexer: Service;

beforeEach(async () => {
  folder = await temporaryFolder();
  log = await openEmbeddedLog({ folder: join(folder.path, "log") });
  lake = await openLake({ root: join(folder.path, "tables"), clock: systemClock, threads: 1 });
  await start();
});
afterEach(async () => {
  await stop();
  await lake.close();
  await log.close();
  await folder.remove();
});

async function start(): Promise<void> {
  index = EmbeddedLogIndex.open({ folder: join(folder.path, "index") });
  indexer = await createIndexer({
    log,
    lake,
    index,
    clock: () => startMs + 60_000,
    logger: createLogger({ name: "indexer", level: "silent" }),
    registry: new Registry(),
    commitIntervalMs: 20,
    partitions: 2,
  });
}

async function stop(): Promise<void> {
  await indexer.stop();
  await index.close();
}

const entryAt = (line: number, more: Partial<LogEntry> = {}): LogEntry => ({
  occurredAtMs: startMs + line,
  observedAtMs: startMs + line,
  severityNumber: 9,
  body: `line ${line}`,
  service: "cart",
  instance: "c1",
  source: { path: "/cart.log", generation: "g1", offset: line * 10 },
  ...more,
});

const append = (entries: readonly (LogEntry | string)[]) =>
  log.append(
    logsTopic,
    entries.map((entry) =>
      typeof entry === "string"
        ? { key: "?", value: Buffer.from(entry) }
        : { key: logKeyOf(entry), value: Buffer.from(JSON.stringify(entry)) },
    ),
  );

const inTable = async (): Promise<string[]> =>
  (await lake.query<{ body: string }>("SELECT body FROM logs ORDER BY occurred_at, log_offset")).map(
    ({ body }) => body,
  );
const inIndex = async (): Promise<string[]> =>
  (await index.search({ query: { kind: "all" }, limit: 1_000, order: "oldest" })).entries.map(
    ({ entry }) => entry.body,
  );

async function hasBoth(bodies: readonly string[]): Promise<void> {
  await waitFor(async () => (await inTable().catch(() => [])).length >= bodies.length, patience);
  await waitFor(async () => (await inIndex()).length >= bodies.length, patience);
  await waitFor(() => indexer.health().length === 0, patience);
  expect(await inTable()).toEqual(bodies);
  expect(await inIndex()).toEqual(bodies);
}

describe("the indexer", () => {
  it("stores each entry once, however often its agent sends it and the indexer begins anew", async () => {
    await append([0, 1, 2].map((line) => entryAt(line)));
    await hasBoth(["line 0", "line 1", "line 2"]);
    await append([1, 2, 3].map((line) => entryAt(line)));
    await hasBoth(["line 0", "line 1", "line 2", "line 3"]);
    await stop();
    await start();
    await append([2, 3, 4].map((line) => entryAt(line)));
    await hasBoth(["line 0", "line 1", "line 2", "line 3", "line 4"]);
  });

  it("keeps equal entries of other files, and those that come from none", async () => {
    const other = { path: "/cart.log", generation: "g2", offset: 0 };
    const { source: _none, ...sent } = entryAt(5);
    await append([entryAt(0), entryAt(0, { source: other }), sent, sent]);
    await hasBoth(["line 0", "line 0", "line 5", "line 5"]);
  });

  it("makes dead letters of what is no entry, and goes on", async () => {
    await append(["{", JSON.stringify({ ...entryAt(1), occurredAtMs: 1e18 }), entryAt(2)]);
    await hasBoth(["line 2"]);
    const [letters] = await log.offsets(`${logsTopic}.dead-letters`);
    expect(letters?.endOffset).toBe(2n);
  });

  it("keeps entries whatever their service is called, in folders of the table alone", async () => {
    const folders = ["..", ".", "../../cart", "/etc", "a\\b", "date=2026-11-29", "%2e%2e", "it's", "x".repeat(240)];
    const others = ["\0", "cart\n", "\ud800", "x".repeat(241), "ü".repeat(100), ".".repeat(250), "y".repeat(5_000)];
    const services = [...folders, ...others];
    const fileOf = (line: number) => ({ path: `/${line}.log`, generation: `g${line}`, offset: 0 });
    await append(services.map((service, line) => entryAt(line, { service, source: fileOf(line) })));
    await hasBoth(services.map((_service, line) => `line ${line}`));
    const stored = await lake.query<{ service: string }>("SELECT service FROM logs ORDER BY occurred_at");
    expect(stored.map(({ service }) => service)).toEqual([...folders, ...others.map(() => "other_services")]);
    const told = await lake.query<{ name: string }>(
      `SELECT attributes::JSON->>'$."service.name"' AS name FROM logs WHERE service = 'other_services' AND body = 'line 10'`,
    );
    expect(told).toEqual([{ name: "cart\n" }]);
    const dates = await readdir(join(folder.path, "tables", "logs"));
    expect(dates.filter((name) => name !== "_delta_log" && !name.startsWith("service="))).toEqual([]);
    expect((await readdir(folder.path)).toSorted()).toEqual(["index", "log", "tables"]);
    const query = { kind: "field", field: "service", test: { kind: "value", text: "../../cart" } } as const;
    const test = { ...query.test, openStart: false, openEnd: false };
    expect(await index.count({ query: { ...query, test } })).toBe(1);
  });

  it("makes a lost index again from the topic", async () => {
    await append([0, 1].map((line) => entryAt(line)));
    await hasBoth(["line 0", "line 1"]);
    await stop();
    await rm(join(folder.path, "index"), { recursive: true });
    await start();
    await hasBoth(["line 0", "line 1"]);
  });

  it("stores what people query in columns", async () => {
    await append([
      entryAt(0, { severityText: "warn", attributes: { "http.response.status_code": 500 }, traceId: "ab" }),
    ]);
    await hasBoth(["line 0"]);
    const rows = await lake.query(
      `SELECT service, date, instance, severity_text, trace_id, source_offset,
         (attributes::JSON->>'$."http.response.status_code"')::INTEGER AS status FROM logs`,
    );
    expect(rows).toEqual([
      {
        service: "cart",
        date: "2026-11-29",
        instance: "c1",
        severity_text: "warn",
        trace_id: "ab",
        source_offset: 0,
        status: 500,
      },
    ]);
  });
});
