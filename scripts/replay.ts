import { createWriteStream, type WriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { AppError, systemClock } from "@footfall/base";
import { type ClickLogFormatName, clickLogFormatNames, clickLogFormats } from "@footfall/events/formats";
import { SingleBar } from "cli-progress";
import { Option, program } from "commander";
import { createCollectorClient } from "./collector-client.ts";
import { historicKey } from "./historic-key.ts";
import { readClickLog } from "./replay/read-click-log.ts";
import { type ReplayAccount, replayEvents } from "./replay/replay-events.ts";
import { storageOption } from "./storage-option.ts";
import { tenantOption } from "./tenant-option.ts";

/** `npm run replay`: sends a click log through the collector over HTTP, with its own event times. */
interface Options {
  readonly format: ClickLogFormatName;
  readonly file: string;
  readonly url: string;
  readonly key?: string;
  readonly tenant: string;
  readonly storage: string;
  readonly speed: number;
  readonly unreadable?: string;
  readonly json?: boolean;
}

program
  .name("npm run replay --")
  .description("Sends a click log through the collector over HTTP, in its order and with its own event times.")
  .addOption(new Option("--format <name>", "layout of the file").choices(clickLogFormatNames).makeOptionMandatory())
  .requiredOption("--file <path>", "the file to read")
  .option("--url <address>", "base address of the collector", "http://127.0.0.1:8080")
  .option(
    "--key <key>",
    "write key marked historic, for events of any age (default: that of the storage folder, else the demo's)",
  )
  .addOption(
    tenantOption("the shop of the key, as for import: the same row of a shop then has the same id").default("demo"),
  )
  .addOption(storageOption())
  .option("--speed <factor>", "0: as fast as possible; 1: as it happened; 60: an hour in a minute", Number, 0)
  .option("--unreadable <path>", "where rows go that cannot be read (default: <file>.unreadable.txt, here)")
  .option("--json", "print the account as one JSON object")
  .addHelpText(
    "after",
    () => `\nFormats:\n${clickLogFormatNames.map((n) => `  ${n}: ${clickLogFormats[n].description}`).join("\n")}`,
  )
  .parse();

/** How many of them are explained on standard error. */
const problemsShownMax = 10;

/** Rows that cannot be read; the file is created with the first one. */
function openRejects(path: string): { add(text: string): void; close(): Promise<void> } {
  let stream: WriteStream | undefined;
  return {
    add(text) {
      stream ??= createWriteStream(path);
      stream.write(`${text}\n`);
    },
    close: () => new Promise((resolve) => (stream ? stream.end(() => resolve()) : resolve())),
  };
}

async function requireServer(url: string): Promise<void> {
  try {
    await fetch(`${url}/livez`);
  } catch (cause) {
    const advice = "Start one with `npm run demo` or `npm start`, or name its address with --url.";
    throw new AppError("SERVER_UNAVAILABLE", `No server listens at ${url}. ${advice}`, { cause });
  }
}

async function replay(options: Options): Promise<number> {
  const { file, url } = options;
  const key = options.key ?? (await historicKey(options.storage, options.tenant));
  const { size } = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    throw new AppError("INPUT_FILE_MISSING", `The file ${file} cannot be read (${cause.code}). Check --file.`, {
      cause,
    });
  });
  const isOtherShop = program.getOptionValueSource("key") === "cli" && program.getOptionValueSource("tenant") !== "cli";
  if (isOtherShop && options.format !== "jsonl") {
    throw new AppError("REQUEST_INVALID", "With --key, name its shop by --tenant: it is part of ids made of rows.");
  }
  if (!Number.isFinite(options.speed) || options.speed < 0) {
    throw new AppError("REQUEST_INVALID", "--speed takes a number that is not negative.");
  }
  await requireServer(url);
  const unreadableFile = options.unreadable ?? `${basename(file)}.unreadable.txt`;
  const rejects = openRejects(unreadableFile);
  const bar = process.stderr.isTTY
    ? new SingleBar({
        format: "{bar} {percentage}% | {sent} sent, {accepted} accepted, {duplicate} duplicate, {rejected} rejected",
        stream: process.stderr,
      })
    : undefined;
  bar?.start(size, 0, { sent: 0, accepted: 0, duplicate: 0, rejected: 0 });
  let unreadable = 0;
  const startMs = performance.now();
  let account: ReplayAccount;
  try {
    account = await replayEvents({
      rows: readClickLog(file, options.format, options.tenant),
      send: createCollectorClient({
        url,
        key,
        clock: systemClock,
        random: Math.random,
        onRetry: (reason, waitMs) => process.stderr.write(`\n${reason} Trying again in ${waitMs} ms.\n`),
      }),
      speed: options.speed,
      clock: systemClock,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      onUnreadable: (text, problem) => {
        rejects.add(text);
        unreadable += 1;
        if (unreadable <= problemsShownMax) process.stderr.write(`${problem}\n`);
      },
      onProgress: ({ sent, accepted, duplicate, rejected }, bytesRead) =>
        bar?.update(bytesRead, { sent, accepted, duplicate, rejected }),
    });
  } finally {
    bar?.stop();
    await rejects.close();
  }
  print(options, account, (performance.now() - startMs) / 1_000, unreadableFile);
  return account.sent === account.accepted + account.duplicate + account.rejected ? 0 : 1;
}

function print(options: Options, account: ReplayAccount, seconds: number, unreadableFile: string): void {
  if (options.json) {
    const files = account.unreadable > 0 ? { unreadableFile } : {};
    console.log(JSON.stringify({ ...account, ...files, seconds: Math.round(seconds * 1_000) / 1_000 }));
    return;
  }
  const lines = [
    `read       ${account.read}`,
    ...(account.unreadable > 0 ? [`unreadable ${account.unreadable}, see ${unreadableFile}`] : []),
    `sent       ${account.sent} in ${seconds.toFixed(1)} s`,
    `accepted   ${account.accepted}`,
    `duplicate  ${account.duplicate}`,
    `rejected   ${account.rejected}`,
    ...Object.entries(account.reasons).map(([code, count]) => `  ${code} ${count}`),
  ];
  console.log(lines.join("\n"));
}

replay(program.opts<Options>()).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    const isKnown = error instanceof AppError;
    console.error(isKnown ? `${error.code}: ${error.message}` : error);
    process.exitCode = 1;
  },
);
