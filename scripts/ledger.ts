// Prints what arrived of a time range, what did not, and how long it took: measured from the lake, without a service.
import { existsSync } from "node:fs";
import { type LedgerReport, measureRange } from "./ledger/measure-range.ts";
import { AppError, systemClock } from "@footfall/base";
import { openLake } from "@footfall/lake";
import { storageFolders } from "@footfall/runtime";
import { Command, InvalidArgumentError } from "commander";
import { formatJson, formatTable } from "./format-table.ts";
import { latencyRows, lossRows, notes, recordRows } from "./ledger/report-rows.ts";
import { runProgram } from "./run-program.ts";
import { storageOption } from "./storage-option.ts";
import { tenantOption } from "./tenant-option.ts";

interface Options {
  readonly storage: string;
  readonly from?: number;
  readonly to?: number;
  readonly tenant?: string;
  readonly settleMinutes: number;
  readonly json: boolean;
}

const dayMs = 86_400_000;

const program = new Command("ledger")
  .description(
    "Prints the measured loss, the repeats, and the latency to log, lake and model, of a range of event times.",
  )
  .option("--from <time>", "start, as ISO 8601 (default: a day before the end)", timeMs)
  .option("--to <time>", "end, exclusive, as ISO 8601 (default: now)", timeMs)
  .addOption(tenantOption("only this shop"))
  .option("--settle-minutes <n>", "events that arrived later than this are not judged yet", minutes, 30)
  .addOption(storageOption())
  .option("--json", "one JSON object instead of tables", false)
  .action(async (options: Options) => {
    const report = await measure(options);
    console.log(options.json ? formatJson(report) : readable(report));
  });

await runProgram(program);

async function measure({ storage, from, to, tenant, settleMinutes }: Options): Promise<LedgerReport> {
  const nowMs = systemClock();
  const endMs = to ?? nowMs;
  const startMs = from ?? endMs - dayMs;
  if (startMs >= endMs) program.error(`--from must lie before --to (${new Date(endMs).toISOString()}).`);
  const folders = storageFolders(storage);
  if (!existsSync(folders.tables)) {
    throw new AppError("INPUT_FILE_MISSING", `There is no lake at ${folders.tables}. Set --storage.`);
  }
  const lake = await openLake({ root: folders.tables, clock: systemClock });
  try {
    const judgedUntilMs = nowMs - settleMinutes * 60_000;
    return await measureRange(lake, { startMs, endMs, judgedUntilMs, tenant, modelsFolder: folders.models });
  } finally {
    await lake.close();
  }
}

function readable(report: LedgerReport): string {
  const { fromMs, toMs, tenants } = report;
  const range = `Events from ${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`;
  if (tenants.length === 0) return `${range}: none. Set --from and --to.`;
  return [
    range,
    formatTable(tenants.map(lossRows)),
    formatTable(tenants.flatMap(latencyRows)),
    formatTable([recordRows(report.records)]),
    ...notes(report),
  ].join("\n");
}

function timeMs(text: string): number {
  const parsed = Date.parse(text);
  if (Number.isNaN(parsed)) throw new InvalidArgumentError("Not a time like 2026-11-23T10:00:00Z.");
  return parsed;
}

function minutes(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError("Not a number ≥ 0.");
  return value;
}
