import { appendFile } from "node:fs/promises";
import { importClickLog } from "@footfall/aggregator/import";
import { systemClock } from "@footfall/base";
import { type RejectedEvent, topics } from "@footfall/events";
import { type ClickLogFormatName, clickLogFormatNames, clickLogFormats } from "@footfall/events/formats";
import { openLake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import { storageFolders } from "@footfall/runtime";
import { SingleBar } from "cli-progress";
import { Option, program } from "commander";
import { openLog } from "./open-log.ts";
import { storageOption } from "./storage-option.ts";
import { tenantOption } from "./tenant-option.ts";

/** `npm run import`: puts years of clicks straight into the lake, without HTTP. */
interface Options {
  readonly format: ClickLogFormatName;
  readonly file: string;
  readonly storage: string;
  readonly tenant: string;
  readonly rejects?: string;
  readonly memory: number;
  readonly json?: boolean;
}

const stages = ["reading", "writing events", "committing", "deriving windows and sessions", "done"] as const;

program
  .name("npm run import --")
  .description("Puts a click log straight into the lake: events, windows and sessions. May be repeated.")
  .addOption(new Option("--format <name>", "layout of the file").choices(clickLogFormatNames).makeOptionMandatory())
  .requiredOption("--file <path>", "the file to read")
  .addOption(storageOption())
  .addOption(tenantOption("the shop that the clicks belong to").default("demo"))
  .option("--rejects <file>", "write rejected rows to this file as JSON lines, not to topic clicks.rejected")
  .option("--memory <megabytes>", "what DuckDB may use before it spills to disk", Number, 2048)
  .option("--json", "print the account as one JSON object")
  .addHelpText(
    "after",
    () => `\nFormats:\n${clickLogFormatNames.map((n) => `  ${n}: ${clickLogFormats[n].description}`).join("\n")}`,
  )
  .parse();

interface Rejects {
  readonly place: string;
  add(rejected: readonly RejectedEvent[]): Promise<void>;
  close(): Promise<void>;
}

function rejectsTo(options: Options): Rejects {
  const { rejects } = options;
  if (rejects !== undefined) {
    const add = (rows: readonly RejectedEvent[]) =>
      appendFile(rejects, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    return { place: rejects, add, close: async () => {} };
  }
  let log: Promise<EventLog> | undefined;
  return {
    place: `topic ${topics.rejected}`,
    async add(rows) {
      log ??= openLog(options.storage).then(async (opened) => {
        await opened.createTopic({ name: topics.rejected, partitions: 1 });
        return opened;
      });
      await (
        await log
      ).append(
        topics.rejected,
        rows.map((row) => ({ key: null, value: Buffer.from(JSON.stringify(row)) })),
      );
    },
    close: async () => (await log)?.close(),
  };
}

async function run(options: Options): Promise<void> {
  const { format, file, tenant } = options;
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: "{bar} {stage} {duration_formatted}", stream: process.stderr })
    : undefined;
  bar?.start(stages.length - 1, 0, { stage: stages[0] });
  const lake = await openLake({
    root: storageFolders(options.storage).tables,
    clock: systemClock,
    memoryLimitMb: options.memory,
  });
  const rejects = rejectsTo(options);
  try {
    const account = await importClickLog({
      lake,
      clock: systemClock,
      format,
      file,
      tenant,
      reject: rejects.add,
      onStage: (stage) => bar?.update(stages.indexOf(stage), { stage }),
    });
    bar?.stop();
    const { read, accepted, duplicate, rejected, reasons, seconds } = account;
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ ...account, rejects: rejected > 0 ? rejects.place : null })}\n`);
      return;
    }
    const lines = [
      `read ${read}, accepted ${accepted}, duplicate ${duplicate}, rejected ${rejected}`,
      ...(duplicate > 0
        ? [`  duplicate: ${account.duplicateInFile} within the file, ${account.duplicateInLake} in the lake`]
        : []),
      ...Object.entries(reasons).map(([reason, count]) => `  ${reason}: ${count}`),
      ...(rejected > 0 ? [`rejected rows are in ${rejects.place}`] : []),
      `${seconds.toFixed(1)} s, ${Math.round(read / seconds)} rows/s`,
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
  } finally {
    bar?.stop();
    await rejects.close();
    await lake.close();
  }
}

run(program.opts<Options>()).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
