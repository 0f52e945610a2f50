// Brings a product feed into the catalogue as changes, and looks into the catalogue.
import { AppError, systemClock } from "@footfall/base";
import { changesTopic, recordKeyOf, type TableName } from "@footfall/changes";
import {
  type BadRow,
  currentRow,
  type CurrentRow,
  currentRows,
  diffFeed,
  type FeedFormat,
  feedFormats,
  importFeed,
  lockCatalogue,
  openRowStore,
  readCatalogue,
  readCurrency,
  readFeed,
  type RowStore,
} from "@footfall/feeds";
import { type EventLog, partitionOfKey } from "@footfall/log";
import { storageFolders } from "@footfall/runtime";
import { Command, InvalidArgumentError, Option } from "commander";
import { openBadRows } from "./catalogue/bad-rows.ts";
import { openFeedFile } from "./catalogue/feed-file.ts";
import { firstChanges } from "./catalogue/first-changes.ts";
import { formatJson, formatTable } from "./format-table.ts";
import { openExistingLog, openLog } from "./open-log.ts";
import { runProgram } from "./run-program.ts";
import { storageOption } from "./storage-option.ts";
import { terminalSafe } from "./topics/read-records.ts";

interface SharedOptions extends TableName {
  readonly storage: string;
  readonly json: boolean;
}

interface FeedCommandOptions extends SharedOptions {
  readonly format?: FeedFormat;
  readonly encoding?: string;
  readonly currency?: string;
  readonly partial: boolean;
  readonly allowDeletes: boolean;
  readonly rejects?: string;
  readonly examples: number;
}

interface ImportOptions extends FeedCommandOptions {
  readonly dryRun: boolean;
  readonly maxBadRows: number;
  readonly maxDeletes: number;
  readonly partitions: number;
}

const source = { name: "catalogue", database: "feed", version: "0.1.0" };

const program = new Command("catalogue").description("Brings a product feed into the catalogue, and looks into it.");

ofFeed(program.command("import <feed>"))
  .description("makes the catalogue what the feed says, by changes in topic cdc.<schema>.<table>; may be repeated")
  .option("--dry-run", "only tell what would change", false)
  .option("--max-bad-rows <percent>", "refuse a feed with more bad rows than this", share, 0.1)
  .option("--max-deletes <percent>", "refuse a feed that would delete more of the catalogue than this", share, 0.5)
  .option("--partitions <n>", "of a topic that is made here", count, 4)
  .action(async (feed: string, options: ImportOptions) => {
    const folder = storageFolders(options.storage).catalogue;
    const lock = await lockCatalogue(folder, changesTopic(options));
    try {
      await withLog(openLog, options, (log, store) =>
        runFeed(feed, options, (rows, shared) =>
          importFeed(rows, {
            ...shared,
            log,
            store,
            source,
            clock: systemClock,
            random: Math.random,
            partitions: options.partitions,
            signal: lock.lost,
            isDryRun: options.dryRun,
            badRowsShareMax: options.maxBadRows,
            deletesShareMax: options.maxDeletes,
          }),
        ),
      );
    } finally {
      await lock.release();
    }
  });

ofFeed(program.command("diff <feed>"))
  .description("what the feed would change; exit code 0 for nothing, 1 for something, 2 for trouble, as diff(1)")
  .action(async (feed: string, options: FeedCommandOptions) => {
    try {
      await withLog(openLog, options, async (log, store) => {
        const report = await runFeed(feed, options, (rows, shared) => diffFeed(rows, { ...shared, log, store }));
        if (report.created + report.updated + report.deleted > 0) process.exitCode = 1;
      });
    } catch (error) {
      process.exitCode = 2;
      if (!(error instanceof AppError)) throw error;
      console.error(`${error.code}: ${error.message}`);
    }
  });

sharedBy(program.command("list"))
  .description("products of the catalogue as they stand")
  .option("--item <id>", "only this one, with all its columns")
  .option("--limit <n>", "how many", count, 20)
  .action((options: SharedOptions & { item?: string; limit: number }) =>
    withLog(openExistingLog, options, async (log, store) => printRows(await listRows(log, store, options), options)),
  );

await runProgram(program);

function sharedBy(command: Command): Command {
  return command
    .addOption(storageOption())
    .option("--schema <name>", "of the table", tablePart, "shop")
    .option("--table <name>", "of the products", tablePart, "products")
    .option("--json", "JSON instead of a table", false);
}

function ofFeed(command: Command): Command {
  return sharedBy(command)
    .addOption(new Option("--format <name>", "of the feed (default: told by its first bytes)").choices(feedFormats))
    .option("--encoding <name>", "of the feed's text (default: what the file says, else utf-8)")
    .option("--currency <code>", "of prices that name none", currencyCode)
    .option("--partial", "the feed holds some products only: delete none", false)
    .option("--allow-deletes", "take a feed that deletes much, or all", false)
    .option("--rejects <file>", "write bad rows to this file as JSON lines, too")
    .option("--examples <n>", "how many changes and bad rows are shown", count, 10)
    .addHelpText(
      "after",
      "\n<feed> is JSON lines, CSV, TSV or Google Merchant XML, also gzipped; - is standard input.",
    );
}

async function withLog(
  open: (storage: string) => Promise<EventLog>,
  { storage }: SharedOptions,
  work: (log: EventLog, store: RowStore) => Promise<unknown>,
): Promise<void> {
  const log = await open(storage);
  try {
    const store = await openRowStore(storageFolders(storage).catalogue);
    try {
      await work(log, store);
    } finally {
      await store.close();
    }
  } finally {
    await log.close();
  }
}

type RunFeed = (
  rows: ReturnType<typeof readFeed>,
  shared: {
    readonly table: TableName;
    readonly isPartial: boolean;
    readonly allowDeletes: boolean;
    readonly onBadRow: (row: BadRow) => Promise<void>;
    readonly onChange: ReturnType<typeof firstChanges>["add"];
  },
) => ReturnType<typeof diffFeed>;

/** Runs `work` on the feed, and prints what it found. */
async function runFeed(path: string, options: FeedCommandOptions, work: RunFeed) {
  const { schema, table, format, encoding, currency, partial, allowDeletes, rejects, examples, json } = options;
  const badRows = await openBadRows(path, { file: rejects, shown: examples });
  const changes = firstChanges(examples);
  try {
    const rows = readFeed(openFeedFile(path), {
      name: path,
      ...(format && { format }),
      ...(encoding !== undefined && { encoding }),
      ...(currency !== undefined && { currency }),
    });
    const report = await work(rows, {
      table: { schema, table },
      isPartial: partial,
      allowDeletes,
      onBadRow: badRows.add,
      onChange: changes.add,
    });
    if (json) console.log(formatJson({ ...report, changes: changes.found }));
    else {
      if (changes.found.length > 0) console.log(terminalSafe(formatTable(changes.rows())));
      const { created, updated, deleted, unchanged, repeatedRows, heldBack, unreadableRecords } = report;
      console.log(`${created} created, ${updated} updated, ${deleted} deleted, ${unchanged} unchanged`);
      if (report.badRows > 0) console.log(`${report.badRows} of ${report.rows} rows are bad and were left out`);
      if (repeatedRows > 0) console.log(`${repeatedRows} rows repeat another one`);
      if (heldBack > 0) console.log(`${heldBack} products are absent but stay: their rows may be among the bad ones`);
      if (unreadableRecords > 0) console.log(`${unreadableRecords} records of ${report.topic} are no changes`);
      if (report.isTopicCut) console.error(`Retention has deleted records of ${report.topic}: rows may be missing.`);
    }
    return report;
  } finally {
    await badRows.close();
  }
}

async function listRows(
  log: EventLog,
  store: RowStore,
  options: SharedOptions & { item?: string; limit: number },
): Promise<readonly CurrentRow[]> {
  const { item, limit } = options;
  if (item === undefined) {
    const state = await readCatalogue(log, options, store);
    const rows: CurrentRow[] = [];
    for (const row of currentRows(store, state)) if (rows.push(row) >= limit) break;
    return rows;
  }
  const topic = changesTopic(options);
  const partitions = (await log.topics()).find(({ name }) => name === topic)?.partitions;
  if (partitions === undefined) return [];
  const state = await readCatalogue(log, options, store, partitionOfKey(recordKeyOf({ item_id: item }), partitions));
  const row = currentRow(store, state, item);
  return row === undefined ? [] : [row];
}

function printRows(rows: readonly CurrentRow[], { json, item }: SharedOptions & { item?: string }): void {
  const parsed = rows.map(({ row, position }) => ({
    ...(JSON.parse(row) as Record<string, unknown>),
    changed: new Date(Number(position.lsn / 1000n)).toISOString(),
  }));
  if (json) console.log(formatJson(parsed));
  else if (item !== undefined && parsed[0] !== undefined) {
    const columns = Object.entries(parsed[0]).map(([column, value]) => ({ column, value }));
    console.log(terminalSafe(formatTable(columns)));
  } else {
    const shown = ["item_id", "title", "category", "price", "currency", "availability", "changed"] as const;
    const table = parsed.map((row) => Object.fromEntries(shown.map((name) => [name, row[name as keyof typeof row]])));
    console.log(terminalSafe(formatTable(table)));
  }
  if (item !== undefined && rows.length === 0) process.exitCode = 1;
}

function tablePart(text: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(text)) return text;
  throw new InvalidArgumentError("A name has 1 to 63 letters, digits and underscores, and no digit first.");
}

function currencyCode(text: string): string {
  const code = readCurrency(text);
  if (code === undefined) throw new InvalidArgumentError("Not a currency like EUR.");
  return code;
}

function share(text: string): number {
  const percent = Number(text);
  if (text.trim() === "" || !(percent >= 0 && percent <= 100)) {
    throw new InvalidArgumentError("Not a number of percent, 0 to 100.");
  }
  return percent / 100;
}

function count(text: string): number {
  if (/^\d{1,6}$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError("Not a whole number from 1 to 999999.");
}
