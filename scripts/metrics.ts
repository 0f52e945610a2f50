// Asks the lake about metrics; the monitor need not run.
import { existsSync } from "node:fs";
import { AppError, systemClock } from "@footfall/base";
import { openLake } from "@footfall/lake";
import { queryMetrics } from "@footfall/monitor";
import { storageFolders } from "@footfall/runtime";
import { Command, InvalidArgumentError } from "commander";
import { formatJson, formatTable } from "./format-table.ts";
import { readTimeOption } from "./read-time-option.ts";
import { runProgram } from "./run-program.ts";
import { storageOption } from "./storage-option.ts";

interface QueryOptions {
  readonly storage: string;
  readonly tenant: string;
  readonly from?: number;
  readonly to?: number;
  readonly step: number;
  readonly json: boolean;
}

const program = new Command("metrics").description("Asks about the metrics that agents have scraped.");

program
  .command("query <text>")
  .description("one value a step of each series, as in: query 'rate(http_requests_total{code=~\"5..\"}) by (job)'")
  .option("--from <time>", "start: 2026-11-29T10:00Z, or 15m, 2h, 7d ago (default: an hour before the end)", timeOption)
  .option("--to <time>", "end, exclusive (default: now)", timeOption)
  .option("--step <seconds>", "length of a step, a multiple of 10", seconds, 60)
  .option("--tenant <tenant>", "whose metrics", "default")
  .addOption(storageOption())
  .option("--json", "JSON instead of a table", false)
  .action(query);

await runProgram(program);

async function query(text: string, { storage, tenant, from, to, step, json }: QueryOptions): Promise<void> {
  const endMs = to ?? systemClock();
  const root = storageFolders(storage).tables;
  if (!existsSync(root)) throw new AppError("INPUT_FILE_MISSING", `There is no lake at ${root}. Set --storage.`);
  const lake = await openLake({ root, clock: systemClock, threads: 1 });
  try {
    const startMs = from ?? endMs - 3_600_000;
    const series = await queryMetrics(lake, { text, tenant, startMs, endMs, stepMs: step * 1_000 });
    if (json) return console.log(formatJson(series));
    const rows = series.flatMap(({ labels, points }) =>
      points.map((point) => ({
        at: new Date(point.startMs).toISOString(),
        series: Object.entries(labels)
          .map(([name, value]) => `${name}=${value}`)
          .join(" "),
        value: point.value,
      })),
    );
    console.log(formatTable(rows));
  } finally {
    await lake.close();
  }
}

function timeOption(text: string): number {
  return readTimeOption(text, systemClock());
}

function seconds(text: string): number {
  const step = Number(text);
  if (!Number.isInteger(step) || step < 10 || step % 10 !== 0) throw new InvalidArgumentError("Not a multiple of 10.");
  return step;
}
