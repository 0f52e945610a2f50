import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { importClickLog } from "@footfall/aggregator/import";
import { systemClock } from "@footfall/base";
import { openLake } from "@footfall/lake";
import { openEmbeddedLog } from "@footfall/log/embedded";
import type { BenchOptions, BenchResult } from "../bench-result.ts";
import { runAsCommand } from "../run-as-command.ts";
import { aggregateLog } from "./aggregate-log.ts";
import { appendClicks } from "./append-clicks.ts";

const eventsFull = 10_000_000;
const eventsSmall = 200_000;
const cpuMicrosMax = 15;
const rowsPerSecondMin = 200_000;

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

async function aggregate(folder: string, events: number): Promise<BenchResult> {
  const place = join(folder, "aggregate");
  const log = await openEmbeddedLog({ folder: join(place, "log") });
  await appendClicks(log, events);
  await log.close();
  const report = await aggregateLog(place);
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
