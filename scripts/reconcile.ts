// Compares two topics or files record by record, for the gate of a migration: 0 equal, 1 different, 2 could not tell.
import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { AppError, systemClock, uuidv7 } from "@footfall/base";
import { type ComparisonRules, parseRules, type Side, toPointer } from "@footfall/comparison";
import type { EventLog } from "@footfall/log";
import { parseDuration } from "@footfall/metrics/alerts";
import { openFileSource, openMismatchTopic, openTopicSources, reconcile } from "@footfall/reconciler";
import { Command, InvalidArgumentError } from "commander";
import { parse } from "yaml";
import { openExistingLog } from "./open-log.ts";
import { readTimeOption } from "./read-time-option.ts";
import { jsonReport, textReport } from "./reconcile/show-report.ts";
import { runComparison } from "./run-program.ts";
import { storageOption } from "./storage-option.ts";

interface Options {
  readonly left: string;
  readonly right: string;
  readonly key?: string;
  readonly rules?: string;
  readonly from?: number;
  readonly to?: number;
  readonly window: number;
  readonly late?: number;
  readonly stall: number;
  readonly complete?: boolean;
  readonly sample: number;
  readonly maxRate: number;
  readonly pairsMin: number;
  readonly memory: number;
  readonly examples: number;
  readonly mismatches?: string;
  readonly storage: string;
  readonly json: boolean;
}

const dayMs = 86_400_000;
const timeOption = (text: string): number => readTimeOption(text, systemClock());

const program = new Command("reconcile")
  .description("Compares two topics or files record by record. Exit code: 0 equal, 1 different, 2 could not tell.")
  .requiredOption("--left <topic|file>", "what is right by definition: a topic, or a file with one JSON object a line")
  .requiredOption("--right <topic|file>", "what is compared with it")
  .option(
    "--key <fields>",
    "what makes a pair: orderId, order.id, /order/id; several with commas; wins over the rules'",
  )
  .option("--rules <file>", "what may differ, YAML or JSON; see docs/reconcile.md")
  .option("--from <time>", "only event times from here on: 2026-11-29T10:00Z, or 15m, 2h, 7d ago", timeOption)
  .option("--to <time>", "only event times before", timeOption)
  .option("--window <duration>", "event times of a pair lie so close", duration, 300_000)
  .option("--late <duration>", "how much further a late partner is looked for (default: twice the window)", duration)
  .option("--stall <duration>", "a side that ends so long before the other has stalled", duration, 900_000)
  .option("--complete", "both sides are whole: what has no partner by the end is missing (default: if both are files)")
  .option("--no-complete", "more may come: what has no partner near the end is undecided")
  .option("--sample <share>", "judges this share of the keys, by their hash", share, 1)
  .option("--max-rate <share>", "keys may differ at this rate: 0.001", rate, 0)
  .option("--pairs-min <n>", "fewer keys are not enough to say equal", count, 300)
  .option("--memory <megabytes>", "held records, beyond which half of the keys are judged", count, 256)
  .option("--examples <n>", "so many mismatches of each kind are shown", count, 3)
  .option(
    "--mismatches <topic>",
    "writes each mismatch into this topic; page Comparisons of the console reads `mismatches`",
  )
  .option("--json", "one line of JSON", false)
  .addOption(storageOption())
  .action(run);

await runComparison(program);

async function run(options: Options): Promise<void> {
  const { left, right, mismatches, json, window: windowMs } = options;
  if (mismatches !== undefined && (mismatches === left || mismatches === right)) {
    throw new AppError("INPUT_FORMAT_INVALID", `--mismatches must not be the topic that is compared: ${mismatches}.`);
  }
  const rules = await readRules(options);
  const needsLog = mismatches !== undefined || !isFile(left) || !isFile(right);
  const log = needsLog ? await openExistingLog(options.storage) : undefined;
  try {
    const sources = [...(await openSide(log, left, "left")), ...(await openSide(log, right, "right"))];
    const nowMs = systemClock();
    const runId = uuidv7(nowMs, Math.random);
    const result = await reconcile({
      sources,
      rules,
      windowMs,
      lateMs: options.late ?? 2 * windowMs,
      stallMs: options.stall,
      heldBytesMax: options.memory * 1024 * 1024,
      sample: options.sample,
      isComplete: options.complete ?? (isFile(left) && isFile(right)),
      timeMaxMs: nowMs + dayMs,
      differenceRateMax: options.maxRate,
      pairsMin: options.pairsMin,
      examplesMax: options.examples,
      ...(options.from !== undefined && { fromMs: options.from }),
      ...(options.to !== undefined && { toMs: options.to }),
      ...(mismatches !== undefined && {
        mismatches: await openMismatchTopic(log!, mismatches, {
          runId,
          left,
          right,
          startedAtMs: nowMs,
          clock: systemClock,
        }),
      }),
    });
    const seconds = (systemClock() - nowMs) / 1000;
    const about = { runId, left, right, seconds };
    console.log(json ? jsonReport(result, about) : textReport(result, about));
    process.exitCode = result.report.exitCode;
  } finally {
    await log?.close();
  }
}

async function openSide(log: EventLog | undefined, name: string, side: Side) {
  return isFile(name) ? [await openFileSource(name, side)] : openTopicSources(log!, name, side);
}

/** A name of a file that exists, or that can only be one. */
function isFile(name: string): boolean {
  return name.includes("/") || /\.(jsonl|ndjson|json)$/.test(name) || (existsSync(name) && statSync(name).isFile());
}

async function readRules({ rules: path, key }: Options): Promise<ComparisonRules> {
  const file = path === undefined ? {} : await readYaml(path);
  const parsed = parseRules(
    file,
    key?.split(",").map((field) => toPointer(field.trim())),
  );
  if ("rules" in parsed) return parsed.rules;
  const problems = parsed.problems.map(({ place, message }) => `${place} ${message}`);
  throw new AppError("INPUT_FORMAT_INVALID", `${path ?? "rules"}:\n  ${problems.join("\n  ")}\nSee docs/reconcile.md.`);
}

async function readYaml(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new AppError("INPUT_FILE_MISSING", `${path} cannot be read.`, { cause });
  });
  try {
    return parse(text);
  } catch (cause) {
    throw new AppError("INPUT_FORMAT_INVALID", `${path} is not YAML: ${(cause as Error).message}`, { cause });
  }
}

function duration(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined) throw new InvalidArgumentError("Not a duration like 30s, 5m or 2h.");
  return durationMs;
}

function rate(text: string): number {
  const value = Number(text);
  if (!/^[\d.]+$/.test(text) || !(value >= 0 && value < 1)) throw new InvalidArgumentError("Not a share from 0 to 1.");
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (!/^[\d.]+$/.test(text) || !(value > 0 && value <= 1)) throw new InvalidArgumentError("Not a share up to 1.");
  return value;
}

function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Not a whole number.");
  return Number(text);
}
