// Looks into the log, and sends again what the collector refused. The same on every log: all by its port.
import { existsSync } from "node:fs";
import { systemClock } from "@footfall/base";
import { openLake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import { storageFolders } from "@footfall/runtime";
import { Command, InvalidArgumentError } from "commander";
import { createCollectorClient } from "./collector-client.ts";
import { formatJson, formatTable, type TableRow } from "./format-table.ts";
import { historicKey } from "./historic-key.ts";
import { openExistingLog } from "./open-log.ts";
import { runProgram } from "./run-program.ts";
import { storageOption } from "./storage-option.ts";
import { tenantOption } from "./tenant-option.ts";
import { followRecords, type ShownRecord, showRecords, terminalSafe } from "./topics/read-records.ts";
import { readRejects, redriveRejects, type RejectFilter, summarizeRejects } from "./topics/rejected-log.ts";
import { partitionFacts, partitionLags, topicFacts } from "./topics/topic-facts.ts";

interface SharedOptions {
  readonly storage: string;
  readonly json: boolean;
}

interface TailOptions extends SharedOptions {
  readonly partition?: number;
  readonly from?: bigint;
  readonly last: number;
  readonly follow: boolean;
}

interface RejectOptions extends SharedOptions {
  readonly tenant?: string;
  readonly code?: string;
  readonly since?: number;
  readonly all?: boolean;
}

const program = new Command("topics").description("Looks into the log, and sends again what was refused.");

shared(program.command("list"))
  .description("topics with their partitions, records and retention")
  .action((options: SharedOptions) => printRows(options, topicFacts));

shared(program.command("describe <topic>"))
  .description("offsets and append times of each partition")
  .action((topic: string, options: SharedOptions) =>
    printRows(options, async (log) =>
      (await partitionFacts(log, topic)).map(({ oldestMs, newestMs, ...facts }) => ({
        ...facts,
        oldest: isoTime(oldestMs),
        newest: isoTime(newestMs),
      })),
    ),
  );

shared(program.command("tail <topic>"))
  .description("records, one a line: partition/offset, append time, key, value as JSON")
  .option("--partition <n>", "only this one", wholeNumber)
  .option("--from <offset>", "everything from this offset on, partition by partition", (text) =>
    BigInt(wholeNumber(text)),
  )
  .option("--last <n>", "the newest records, at most 100000", countOfRecords, 10)
  .option("--follow", "goes on with what is appended, until interrupted", false)
  .action((topic: string, options: TailOptions) => withLog(options, (log) => tail(log, topic, options)));

shared(program.command("lag"))
  .description("how far a group, and the lake, are behind each partition")
  .option("--group <group>", "consumer group", "aggregator")
  .option("--topic <topic>", "topic", "clicks")
  .action((options: SharedOptions & { group: string; topic: string }) =>
    printRows(options, async (log) => {
      const { topic, group } = options;
      const lakeOffsets = group === "aggregator" ? await lakeProgress(options.storage, topic) : undefined;
      const lags = await partitionLags(log, { topic, group, lakeOffsets });
      return lags.map(({ oldestUnreadMs, ...lag }) => ({
        ...lag,
        oldestUnreadSeconds: oldestUnreadMs === undefined ? undefined : (systemClock() - oldestUnreadMs) / 1000,
      }));
    }),
  );

filtered(program.command("dead-letters"))
  .description("refused events by code and field that no redrive got taken, with the newest of each")
  .addOption(tenantOption("only this shop"))
  .option("--all", "also those that a redrive got taken", false)
  .option("--examples <n>", "the newest so many of each are shown", exampleCount, 1)
  .action((options: RejectOptions & { examples: number }) =>
    printRows(options, async (log) => {
      const summaries = await summarizeRejects(readRejects(log, rejectFilter(options)), options.examples);
      if (options.json) return summaries.map((summary) => ({ ...summary }));
      return summaries.flatMap(({ code, field, count, newest }) =>
        newest.map(({ rejectedAtMs, reason, event }, index) => ({
          code: index === 0 ? code : "",
          field: index === 0 ? field : "",
          events: index === 0 ? count : "",
          at: isoTime(rejectedAtMs),
          reason: shorten(reason),
          example: shorten(JSON.stringify(event)),
        })),
      );
    }),
  );

filtered(program.command("redrive"))
  .description("sends refused events to the collector again, after the cause was mended; each once, until it is taken")
  .addOption(tenantOption("the shop that the key belongs to").default("demo"))
  .option("--url <url>", "the collector", "http://127.0.0.1:8081")
  .option(
    "--key <key>",
    "write key marked historic, for events of any age (default: that of the storage folder, else the demo's)",
  )
  .action(({ url, key, ...options }: RejectOptions & { url: string; key?: string }) =>
    withLog(options, async (log) => {
      key ??= await historicKey(options.storage, options.tenant);
      const send = createCollectorClient({ url, key, isRedrive: true, clock: systemClock, random: Math.random });
      const account = await redriveRejects(log, rejectFilter(options), send);
      const { reasons, ...counts } = account;
      const rejected = Object.entries(reasons).map(([code, count]) => ({ events: `  ${code}`, count }));
      const rows = [...Object.entries(counts).map(([events, count]) => ({ events, count })), ...rejected];
      console.log(options.json ? formatJson(account) : formatTable(rows));
    }),
  );

await runProgram(program);

function shared(command: Command): Command {
  return command.addOption(storageOption()).option("--json", "JSON instead of a table", false);
}

function filtered(command: Command): Command {
  return shared(command)
    .option("--code <code>", "only this error code")
    .option("--since <time>", "only what was refused from this time on, as ISO 8601", timeMs);
}

async function withLog(options: SharedOptions, work: (log: EventLog) => Promise<void>): Promise<void> {
  const log = await openExistingLog(options.storage);
  try {
    await work(log);
  } finally {
    await log.close();
  }
}

function printRows(options: SharedOptions, read: (log: EventLog) => Promise<readonly object[]>): Promise<void> {
  return withLog(options, async (log) => {
    const rows = await read(log);
    console.log(options.json ? formatJson(rows) : terminalSafe(formatTable(rows as readonly TableRow[])));
  });
}

async function tail(log: EventLog, topic: string, options: TailOptions): Promise<void> {
  const { partition, from, last, follow, json } = options;
  const show = (record: ShownRecord) => console.log(terminalSafe(json ? jsonLine(topic, record) : textLine(record)));
  const seen = await showRecords(log, { topic, partition, from, last }, show);
  if (!follow) return;
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ending.abort());
  await followRecords(log, { topic, from: seen, signal: ending.signal }, show);
}

function jsonLine(topic: string, { appendedAtMs, ...record }: ShownRecord): string {
  return formatJson({ topic, ...record, appendedAt: isoTime(appendedAtMs) });
}

function textLine({ partition, offset, appendedAtMs, key, value }: ShownRecord): string {
  return `${partition}/${offset} ${isoTime(appendedAtMs)} ${JSON.stringify(key)} ${JSON.stringify(value)}`;
}

/** How far the lake of the storage folder has taken the topic in; undefined where no lake does. */
async function lakeProgress(storage: string, topic: string): Promise<ReadonlyMap<number, bigint> | undefined> {
  const root = storageFolders(storage).tables;
  if (!existsSync(root)) return undefined;
  const lake = await openLake({ root, clock: systemClock, threads: 1 });
  try {
    if (!(await lake.tableNames()).includes("events")) return undefined;
    const { progress } = await (await lake.existingTable("events")).snapshot();
    const offsets = new Map<number, bigint>();
    for (const [id, offset] of progress) {
      const [, name, partition] = /^(.*)-(\d+)$/.exec(id) ?? [];
      if (name === topic) offsets.set(Number(partition), offset);
    }
    return offsets.size > 0 ? offsets : undefined;
  } finally {
    await lake.close();
  }
}

function rejectFilter({ tenant, code, since, all = false }: RejectOptions): RejectFilter {
  return { tenant, code, sinceMs: since, includeRedriven: all };
}

function isoTime(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : new Date(atMs).toISOString();
}

function shorten(text: string | undefined): string {
  return text !== undefined && text.length > 60 ? `${text.slice(0, 60)}…` : (text ?? "");
}

function timeMs(text: string): number {
  const parsed = Date.parse(text);
  if (Number.isNaN(parsed)) throw new InvalidArgumentError("Not a time like 2026-11-23T10:00:00Z.");
  return parsed;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("Not a whole number ≥ 0.");
  return Number(text);
}

function countOfRecords(text: string): number {
  return bounded(text, 100_000);
}

function exampleCount(text: string): number {
  return bounded(text, 100);
}

function bounded(text: string, max: number): number {
  const count = wholeNumber(text);
  if (count < 1 || count > max) throw new InvalidArgumentError(`Not a number from 1 to ${max}.`);
  return count;
}
