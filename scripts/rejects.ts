import { existsSync } from "node:fs";
import { AppError, systemClock } from "@footfall/base";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { storageFolders } from "@footfall/runtime";
import Table from "cli-table3";
import { program } from "commander";
import { createCollectorClient } from "./collector-client.ts";
import { type RejectFilter, readRejects, replayRejects, summarizeRejects } from "./rejects/rejected-log.ts";
import { runProgram } from "./run-program.ts";
import { storageOption } from "./storage-option.ts";

/** `npm run rejects -- list|replay`: shows what the collector refused, and sends it again. */
interface CommonOptions {
  readonly tenant?: string;
  readonly code?: string;
  readonly since?: string;
  readonly storage: string;
  readonly json?: boolean;
}

interface ReplayOptions extends CommonOptions {
  readonly url: string;
  readonly key: string;
}

program.name("npm run rejects --").description("Shows or replays the events that the collector refused.");

common(program.command("list"))
  .option("--tenant <id>", "only this shop")
  .description("Counts refused events by reason and shows the newest of each.")
  .action(async (options: CommonOptions) => {
    const summaries = await withRejects(options, summarizeRejects);
    if (options.json) {
      console.log(JSON.stringify(summaries));
      return;
    }
    const table = new Table({ head: ["code", "events", "newest", "field", "reason", "example"], style: { head: [] } });
    for (const { code, count, newest } of summaries) {
      const atTime = new Date(newest.rejectedAtMs).toISOString();
      table.push([code, count, atTime, newest.field, shorten(newest.reason), shorten(JSON.stringify(newest.event))]);
    }
    console.log(summaries.length === 0 ? "Nothing was refused." : table.toString());
  });

common(program.command("replay"))
  .description("Sends refused events to the collector again, after the cause was mended.")
  .option("--tenant <id>", "the shop that the key belongs to", "demo")
  .option("--url <url>", "the collector", "http://127.0.0.1:8081")
  .option("--key <key>", "write key; one marked historic takes events of any age", "demo-historic")
  .action(async (options: ReplayOptions) => {
    const { url, key } = options;
    const send = createCollectorClient({ url, key, clock: systemClock, random: Math.random });
    const account = await withRejects(options, (rejects) => replayRejects(rejects, send));
    if (options.json) console.log(JSON.stringify(account));
    else for (const [name, count] of Object.entries(flat(account))) console.log(`${name.padEnd(32)} ${count}`);
  });

await runProgram(program);

function common(command: ReturnType<typeof program.command>): typeof command {
  return command
    .option("--code <code>", "only this error code")
    .option("--since <time>", "only what was refused from this time on, as ISO 8601", isoTime)
    .addOption(storageOption())
    .option("--json", "one JSON value instead of a table");
}

function isoTime(text: string): string {
  if (Number.isNaN(Date.parse(text))) program.error(`--since ${text} is not a time like 2026-11-23T10:00:00Z.`);
  return text;
}

async function withRejects<T>(
  { tenant, code, since, storage }: CommonOptions,
  use: (rejects: ReturnType<typeof readRejects>) => Promise<T>,
): Promise<T> {
  const filter: RejectFilter = { tenant, code, sinceMs: since === undefined ? undefined : Date.parse(since) };
  const folder = storageFolders(storage).log;
  if (!existsSync(folder)) throw new AppError("INPUT_FILE_MISSING", `There is no log in ${folder}. Set --storage.`);
  const log = await openEmbeddedLog({ folder });
  try {
    return await use(readRejects(log, filter));
  } finally {
    await log.close();
  }
}

function flat(account: Awaited<ReturnType<typeof replayRejects>>): Record<string, number> {
  const { reasons, ...counts } = account;
  return { ...counts, ...Object.fromEntries(Object.entries(reasons).map(([code, count]) => [`  ${code}`, count])) };
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
