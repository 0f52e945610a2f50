import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { systemClock } from "@footfall/base";
import { openLake, sessionsTable } from "@footfall/lake";
import type { BenchOptions, BenchResult } from "../bench-result.ts";
import { runAsCommand } from "../run-as-command.ts";
import { sessionsSql } from "./generate-sessions.ts";
import type { TrainingMeasure } from "./measure-training.ts";

const threads = 2;
const ratioMin = 3;
const rssMaxMb = 1024;

/**
 * From the lake's Parquet to the top 100 neighbours of every item by count, on two threads; the reference is the same
 * by a self-join in DuckDB. Both sides must name the same pairs with the same counts.
 */
export async function run({ isSmall }: BenchOptions): Promise<BenchResult[]> {
  const clicks = isSmall ? 100_000 : 10_000_000;
  const items = isSmall ? 5_000 : 100_000;
  const root = await mkdtemp(join(tmpdir(), "footfall-bench-train-"));
  try {
    await writeSessions(root, clicks, items);
    // Turn about, the best of three runs each: whatever else the machine does hits both sides alike.
    const runs = [];
    for (let turn = 0; turn < (isSmall ? 1 : 3); turn++) {
      runs.push({ ours: await measure("ours", root), reference: await measure("duckdb", root) });
    }
    const ours = fastest(runs.map((turn) => turn.ours));
    const reference = fastest(runs.map((turn) => turn.reference));
    const agrees =
      ours.pairs === reference.pairs &&
      ours.countSum === reference.countSum &&
      ours.pairSum === reference.pairSum &&
      ours.lists.join() === reference.lists.join();
    const ratio = reference.seconds / ours.seconds;
    const result: BenchResult = {
      name: "train/top-100-neighbours",
      unit: "clicks/s",
      ours: Math.round(clicks / ours.seconds),
      reference: Math.round(clicks / reference.seconds),
      ratio,
      floor: `ratio ≥ ${ratioMin}, peak RSS < ${rssMaxMb} MB, same pairs and counts; the ratio counts on the full size`,
      holds: agrees && ours.peakRssMb < rssMaxMb && (isSmall || ratio >= ratioMin),
      details: {
        clicks,
        items,
        threads,
        agrees,
        cpuRatio: reference.cpuSeconds / ours.cpuSeconds,
        ...facts("ours", ours),
        ...facts("duckdb", reference),
      },
    };
    return [result];
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function fastest(measures: readonly TrainingMeasure[]): TrainingMeasure {
  return measures.reduce((best, next) => (next.seconds < best.seconds ? next : best));
}

function facts(side: string, measured: TrainingMeasure): Record<string, number> {
  const { seconds, readSeconds, cpuSeconds, peakRssMb, pairs } = measured;
  const rounded = (value: number) => Math.round(value * 100) / 100;
  return {
    [`${side}Seconds`]: rounded(seconds),
    [`${side}ReadSeconds`]: rounded(readSeconds),
    [`${side}CpuSeconds`]: rounded(cpuSeconds),
    [`${side}PeakRssMb`]: Math.round(peakRssMb),
    [`${side}Pairs`]: pairs,
  };
}

async function writeSessions(root: string, clicks: number, items: number): Promise<void> {
  const lake = await openLake({ root, clock: systemClock, memoryLimitMb: 2048 });
  try {
    const table = await lake.table(sessionsTable);
    const files = await lake.writeBulk(table, { sql: sessionsSql({ clicks, items, seed: 1 }) });
    await table.commit({ add: files, operation: "append" });
  } finally {
    await lake.close();
  }
}

async function measure(side: "ours" | "duckdb", root: string): Promise<TrainingMeasure> {
  const script = fileURLToPath(new URL("./measure-training.ts", import.meta.url));
  const command = ["--import", "tsx", script, side, root, String(threads)];
  const { stdout } = await promisify(execFile)(process.execPath, command);
  return JSON.parse(stdout) as TrainingMeasure;
}

await runAsCommand(import.meta.url, run);
