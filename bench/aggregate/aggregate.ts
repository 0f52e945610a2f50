import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { importClickLog } from "@footfall/aggregator/import";
import { seededRandom, systemClock, uuidv7 } from "@footfall/base";
import { encodeEnvelope, topics } from "@footfall/events";
import { openLake } from "@footfall/lake";
import { openEmbeddedLog } from "@footfall/log/embedded";
import type { BenchOptions, BenchResult } from "../bench-result.ts";
import { runAsCommand } from "../run-as-command.ts";
import type { AggregateReport } from "./aggregate-process.ts";

const eventsFull = 10_000_000;
const eventsSmall = 200_000;
const partitions = 4;
const cpuMicrosMax = 15;
const rowsPerSecondMin = 200_000;
const appendRecords = 5_000;

/** Log → committed events, windows and sessions; and a file → the same. */
export async function run(options: BenchOptions): Promise<BenchResult[]> {
  const events = options.isSmall ? eventsSmall : eventsFull;
  const folder = await mkdtemp(join(tmpdir(), "footfall-bench-aggregate-"));
  try {
    return [await aggregate(folder, events), await importFile(folder, events)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A day of clicks: sessions of four, popular items more often, every tenth click with a price. */
async function fillLog(folder: string, events: number): Promise<void> {
  const log = await openEmbeddedLog({ folder });
  await log.createTopic({ name: topics.clicks, partitions });
  await log.createTopic({ name: topics.rejected, partitions: 1 });
  const random = seededRandom(1);
  const endMs = systemClock() - 3_600_000;
  const stepMs = Math.max(1, Math.floor(86_400_000 / events));
  const startMs = endMs - events * stepMs;
  let records: { key: string; value: Buffer }[] = [];
  for (let i = 0; i < events; i += 1) {
    const occurredAtMs = startMs + i * stepMs;
    // Neighbouring clicks belong to some thousand visits that are under way at once.
    const visit = Math.floor(i / 4000) * 1000 + Math.floor(random() * 1000);
    const price = i % 10 === 0 ? { price: Math.round(random() * 10_000) / 100 } : {};
    const value = encodeEnvelope({
      v: 1,
      tenant: "demo",
      eventId: uuidv7(occurredAtMs, random),
      name: i % 10 === 0 ? "add_to_cart" : "view_item",
      visitorId: `visitor-${visit}`,
      sessionId: `session-${visit}`,
      seq: 1 + (i % 100),
      occurredAtMs,
      sentAtMs: occurredAtMs,
      receivedAtMs: occurredAtMs,
      page_location: "https://shop.example/p/some-product",
      items: [{ item_id: `item-${Math.floor(random() ** 3 * 100_000)}`, ...price }],
    });
    records.push({ key: `visitor-${visit}`, value: Buffer.from(value) });
    if (records.length < appendRecords) continue;
    await log.append(topics.clicks, records);
    records = [];
  }
  if (records.length > 0) await log.append(topics.clicks, records);
  await log.close();
}

async function aggregate(folder: string, events: number): Promise<BenchResult> {
  const place = join(folder, "aggregate");
  await fillLog(join(place, "log"), events);
  const script = fileURLToPath(new URL("aggregate-process.ts", import.meta.url));
  const report = await new Promise<AggregateReport>((resolve, reject) => {
    const child = fork(script, [place], { execArgv: ["--import", "tsx"] });
    child.once("message", (message) => resolve(message as AggregateReport));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the aggregator ended with code ${code}`)));
  });
  const counts = await countRows(place);
  if (counts.events !== events) throw new Error(`${counts.events} of ${events} events are in the lake`);
  const { memoryMb, cpuMicros, wallMs } = report;
  const third = Math.max(1, Math.floor(memoryMb.length / 3));
  const firstThirdMb = Math.max(...memoryMb.slice(0, third));
  const lastThirdMb = Math.max(...memoryMb.slice(-third));
  const ours = cpuMicros / events;
  const isFlat = lastThirdMb <= firstThirdMb * 1.5;
  return {
    name: "aggregate: log to committed events, item_windows and sessions",
    unit: "µs of CPU per event",
    ours,
    reference: null,
    ratio: null,
    floor: `≤ ${cpuMicrosMax} µs; memory of the last third ≤ 1.5 × the first's`,
    holds: ours <= cpuMicrosMax && isFlat,
    details: { ...counts, eventsPerSecond: Math.round((events / wallMs) * 1000), firstThirdMb, lastThirdMb },
  };
}

async function countRows(place: string): Promise<{ events: number; itemWindows: number; sessionRows: number }> {
  const lake = await openLake({ root: join(place, "tables"), clock: systemClock });
  const count = async (table: string): Promise<number> => {
    const [row] = await lake.query<{ n: number }>(`SELECT count(*)::DOUBLE AS n FROM ${table}`);
    return row!.n;
  };
  const [events, itemWindows, sessionRows] = [
    await count("events"),
    await count("item_windows"),
    await count("sessions"),
  ];
  await lake.close();
  return { events, itemWindows, sessionRows };
}

async function importFile(folder: string, events: number): Promise<BenchResult> {
  const file = join(folder, "sessions.csv");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const sessions = events / 4;
  await connection.run(`COPY (
    SELECT s::VARCHAR AS session_id, 'i' || (pow(random(), 3) * 100000)::INTEGER AS item_id,
      (1760000000 + (s * 604800.0 / ${sessions})::BIGINT + k * 45 + (random() * 30)::INTEGER) AS ts
    FROM range(${sessions}) AS a(s), range(4) AS b(k) ORDER BY ts) TO '${file}' (HEADER true)`);
  const copyStart = performance.now();
  await connection.run(`COPY (FROM read_csv('${file}', all_varchar = true)) TO '${file}.parquet' (COMPRESSION zstd)`);
  const copySeconds = (performance.now() - copyStart) / 1000;
  connection.closeSync();
  instance.closeSync();
  const lake = await openLake({ root: join(folder, "import"), clock: systemClock, memoryLimitMb: 2048 });
  const startCpu = process.cpuUsage();
  const account = await importClickLog({
    lake,
    clock: systemClock,
    format: "sessions",
    file,
    tenant: "demo",
    reject: async () => {},
  });
  const { user, system } = process.cpuUsage(startCpu);
  await lake.close();
  const ours = events / account.seconds;
  const reference = events / copySeconds;
  return {
    name: "import: file to committed events, item_windows and sessions",
    unit: "rows/s",
    ours,
    reference,
    ratio: ours / reference,
    floor: `≥ ${rowsPerSecondMin} rows/s (reference: DuckDB copies the file to Parquet)`,
    holds: ours >= rowsPerSecondMin,
    details: { rows: events, accepted: account.accepted, cpuMicrosPerRow: (user + system) / events },
  };
}

await runAsCommand(import.meta.url, run);
