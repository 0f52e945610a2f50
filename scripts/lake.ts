import { existsSync } from "node:fs";
import { join } from "node:path";
import { AppError, systemClock } from "@footfall/base";
import { topics } from "@footfall/events";
import { type AcceptedPartition, acceptLog } from "@footfall/ingest";
import {
  type BackedUpTable,
  compact,
  expireLog,
  type Lake,
  openLake,
  restoreBackup,
  tableHistory,
  vacuum,
} from "@footfall/lake";
import { Command } from "commander";
import { formatJson, formatTable, type TableRow } from "./format-table.ts";
import { backUpStorage } from "./lake/back-up-storage.ts";
import { openExistingLog } from "./open-log.ts";
import { runProgram } from "./run-program.ts";
import { storageOption } from "./storage-option.ts";

const hourMs = 3_600_000;
/** Tables that store offsets of a topic. */
const tablesOfTopics = { events: topics.clicks, rejected_events: topics.rejected } as const;
const megabyte = 1_048_576;

const program = new Command("lake")
  .description("Looks into the data lake, and keeps its files in order.")
  .addOption(storageOption())
  .option("--json", "print JSON instead of a table", false);

program
  .command("tables")
  .description("tables with their version, files, rows and bytes")
  .action(() =>
    withLake(async (lake) => {
      const names = await lake.tableNames();
      return Promise.all(
        names.map(async (name) => {
          const { version, files, committedAtMs } = await (await lake.existingTable(name)).snapshot();
          const rows = files.reduce((sum, file) => sum + file.rows, 0);
          const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
          return { table: name, version, files: files.length, rows, bytes, committed: isoTime(committedAtMs) };
        }),
      );
    }),
  );

program
  .command("files <table>")
  .description("data files of the newest version")
  .action((name: string) =>
    withLake(async (lake) => {
      const { files } = await (await lake.existingTable(name)).snapshot();
      return files.map(({ path, rows, bytes, addedAtMs }) => ({ path, rows, bytes, added: isoTime(addedAtMs) }));
    }),
  );

program
  .command("history <table>")
  .description("commits, newest first")
  .option("--limit <n>", "how many", "20")
  .action((name: string, options: { limit: string }) =>
    withLake(async (lake) => {
      const history = await tableHistory(await lake.existingTable(name), positiveNumber("--limit", options.limit));
      return history.map(({ committedAtMs, progress, ...entry }) => ({
        ...entry,
        committed: isoTime(committedAtMs),
        progress: [...progress].map(([key, offset]) => `${key}=${offset}`).join(" "),
      }));
    }),
  );

program
  .command("sql <select>")
  .description("runs a SELECT over the newest versions of the tables")
  .action((sql: string) => withLake((lake) => lake.query<TableRow>(sql)));

program
  .command("compact [table]")
  .description("merges the small files of each partition")
  .option("--target-mb <n>", "size to reach", "128")
  .option("--older-than-hours <n>", "leave files alone that were added since", "1")
  .action((table: string | undefined, options: { targetMb: string; olderThanHours: string }) =>
    withLake((lake) =>
      forTables(lake, table, async (name) => {
        const addedBeforeMs = systemClock() - positiveNumber("--older-than-hours", options.olderThanHours) * hourMs;
        const targetBytes = positiveNumber("--target-mb", options.targetMb) * megabyte;
        return compact(lake, await lake.existingTable(name), { targetBytes, addedBeforeMs });
      }),
    ),
  );

program
  .command("vacuum [table]")
  .description("deletes files that no version of the grace time names, and old commit entries")
  .option("--grace-hours <n>", "versions this young stay readable", "168")
  .option("--log-days <n>", "commit entries this young stay, with all their versions", "30")
  .action((table: string | undefined, options: { graceHours: string; logDays: string }) =>
    withLake((lake) =>
      forTables(lake, table, async (name) => {
        const graceMs = positiveNumber("--grace-hours", options.graceHours) * hourMs;
        const retentionMs = positiveNumber("--log-days", options.logDays) * 24 * hourMs;
        const opened = await lake.existingTable(name);
        const vacuumed = await vacuum(opened, { graceMs, clock: systemClock });
        return { ...vacuumed, ...(await expireLog(lake, opened, { retentionMs, clock: systemClock })) };
      }),
    ),
  );

program
  .command("accept-log")
  .description("goes on with a log that was made again: it is read from its start, and event ids tell what is known")
  .action(() =>
    withLake(async (lake) => {
      const { storage } = program.opts<{ storage: string }>();
      const log = await openExistingLog(storage);
      try {
        const accepted: AcceptedPartition[] = [];
        const names = new Set(await lake.tableNames());
        const known = new Set((await log.topics()).map(({ name }) => name));
        for (const [name, topic] of Object.entries(tablesOfTopics)) {
          if (names.has(name) && known.has(topic))
            accepted.push(...(await acceptLog(log, await lake.existingTable(name), topic)));
        }
        return accepted.map((partition) => ({ ...partition }));
      } finally {
        await log.close();
      }
    }),
  );

program
  .command("backup <folder>")
  .description("copies tables, models, spool and write keys into a new folder, while everything runs")
  .option("--history-hours <n>", "commit entries this young are copied, for history and ledger", "24")
  .option("--with-log", "copies the log on the local disk, too", false)
  .action(async (folder: string, options: { historyHours: string; withLog: boolean }) => {
    const { storage, json } = program.opts<{ storage: string; json: boolean }>();
    const historyMs = positiveNumber("--history-hours", options.historyHours) * hourMs;
    const backup = await backUpStorage({ storage, folder, historyMs, withLog: options.withLog });
    if (json) return console.log(formatJson(backup));
    printTables(backup.tables);
    for (const model of backup.skippedModels) console.error(`Model ${model} is damaged and was left out.`);
    console.log(
      `${backup.tables.length} tables, ${backup.models} models, ${backup.files} files, ${backup.bytes} bytes ` +
        `(${backup.parts.join(", ")}) in ${backup.folder}`,
    );
  });

program
  .command("restore <folder>")
  .description("fills an empty storage folder (--storage) from a backup, after all of its files were checked")
  .action(async (folder: string) => {
    const { storage, json } = program.opts<{ storage: string; json: boolean }>();
    const { tables, files, pinnedAtMs } = await restoreBackup({ folder, storageDir: storage, secretParts: ["keys"] });
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const pinnedAt = isoTime(pinnedAtMs);
    if (json) return console.log(formatJson({ storage, pinnedAt, tables, files: files.length, bytes }));
    printTables(tables);
    console.log(`${tables.length} tables, ${files.length} files, ${bytes} bytes, of ${pinnedAt}, in ${storage}`);
  });

await runProgram(program);

function printTables(tables: readonly BackedUpTable[]): void {
  console.log(formatTable(tables.map(({ committedAtMs, ...row }) => ({ ...row, committed: isoTime(committedAtMs) }))));
}

async function withLake(work: (lake: Lake) => Promise<readonly TableRow[]>): Promise<void> {
  const { storage, json } = program.opts<{ storage: string; json: boolean }>();
  let lake: Lake | undefined;
  try {
    const root = join(storage, "tables");
    if (!existsSync(root)) throw new AppError("INPUT_FILE_MISSING", `There is no lake at ${root}. Set --storage.`);
    lake = await openLake({ root, clock: systemClock });
    const rows = await work(lake);
    console.log(json ? formatJson(rows) : formatTable(rows));
  } finally {
    await lake?.close();
  }
}

async function forTables(
  lake: Lake,
  table: string | undefined,
  work: (name: string) => Promise<object>,
): Promise<TableRow[]> {
  const rows: TableRow[] = [];
  for (const name of table === undefined ? await lake.tableNames() : [table]) {
    rows.push({ table: name, ...(await work(name)) });
  }
  return rows;
}

function isoTime(timeMs: number | undefined): string {
  return timeMs === undefined ? "" : new Date(timeMs).toISOString();
}

function positiveNumber(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0 || text.trim() === "") {
    program.error(`${option} must be a number of at least 0, not ${text}`);
  }
  return value;
}
