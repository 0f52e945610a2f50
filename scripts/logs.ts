// Searches service logs in the text index of a storage folder, while the indexer writes it or after.
import { existsSync } from "node:fs";
import { AppError, systemClock } from "@footfall/base";
import type { LogIndex } from "@footfall/log-index";
import { EmbeddedLogIndex } from "@footfall/log-index/embedded";
import { storageFolders } from "@footfall/runtime";
import { Command, InvalidArgumentError } from "commander";
import { formatJson } from "./format-table.ts";
import { type LogCondition, searchCriteria, textLines } from "./logs/search-logs.ts";
import { readTimeOption } from "./read-time-option.ts";
import { runProgram } from "./run-program.ts";
import { storageOption } from "./storage-option.ts";
import { terminalSafe } from "./topics/read-records.ts";

interface SearchOptions extends LogCondition {
  readonly storage: string;
  readonly limit: number;
  readonly json: boolean;
  readonly count: boolean;
}

const timeOption = (text: string): number => readTimeOption(text, systemClock());

const program = new Command("logs").description("Searches service logs.");

program
  .command("search [query]")
  .description(
    'newest entries that match, oldest of them first: level:error "exact phrase" -noise status:>=500 prefix*',
  )
  .option("--from <time>", "from this time on: 2026-11-29T10:00Z, or 15m, 2h, 7d ago", timeOption)
  .option("--to <time>", "before this time", timeOption)
  .option("--service <name>", "of this service only")
  .option("--level <level>", "of this level or worse: trace, debug, info, warn, error, fatal")
  .option("--limit <n>", "at most so many entries", limitOf, 100)
  .option("--json", "one entry as JSON a line", false)
  .option("--count", "only how many there are", false)
  .addOption(storageOption())
  .action((query: string | undefined, options: SearchOptions) =>
    withIndex(options.storage, (index) => search(index, query ?? "", options)),
  );

await runProgram(program);

async function search(index: LogIndex, text: string, options: SearchOptions): Promise<void> {
  const criteria = searchCriteria(text, options);
  if (options.count) {
    console.log(String(await index.count(criteria)));
    return;
  }
  const { entries, next } = await index.search({ ...criteria, limit: options.limit });
  for (const found of entries.toReversed()) {
    const { partition, offset, entry } = found;
    console.log(terminalSafe(options.json ? formatJson({ partition, offset, ...entry }) : textLines(entry)));
  }
  // Not among the results, so that a program that reads these is not disturbed.
  if (next !== undefined) console.error(`The newest ${entries.length}; there may be more: raise --limit, or set --to.`);
}

async function withIndex(storage: string, use: (index: LogIndex) => Promise<void>): Promise<void> {
  const { logIndex: folder } = storageFolders(storage);
  if (!existsSync(folder)) {
    const message = `There is no text index in ${folder}. Set --storage, or start the indexer.`;
    throw new AppError("INPUT_FILE_MISSING", message);
  }
  const index = EmbeddedLogIndex.open({ folder, isReader: true });
  try {
    await use(index);
  } finally {
    await index.close();
  }
}

function limitOf(text: string): number {
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > 10_000) throw new InvalidArgumentError("Not a number from 1 to 10000.");
  return limit;
}
