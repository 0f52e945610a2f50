// Sends the same requests to two recommenders and compares their answers: 0 equal, 1 different, 2 could not tell.
import { AppError, seededRandom, systemClock, uuidv7 } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { parseDuration } from "@footfall/metrics/alerts";
import { openMismatchTopic, readShadowRequests, requestsOfClicks, shadowRecommenders } from "@footfall/reconciler";
import { readStoredWriteKeys } from "@footfall/runtime";
import { Command, InvalidArgumentError } from "commander";
import { openExistingLog } from "./open-log.ts";
import { jsonShadowReport, textShadowReport } from "./shadow/show-shadow-report.ts";
import { runComparison } from "./run-program.ts";
import { storageOption } from "./storage-option.ts";
import { tenantOption } from "./tenant-option.ts";

interface Options {
  readonly left: string;
  readonly right: string;
  readonly requests?: string;
  readonly fromClicks?: boolean;
  readonly key?: string;
  readonly tenant: string;
  readonly placement: string;
  readonly limit: number;
  readonly count: number;
  readonly rate: number;
  readonly concurrency: number;
  readonly timeout: number;
  readonly noise: boolean;
  readonly overlapMin: number;
  readonly rboMin: number;
  readonly maxRate: number;
  readonly requestsMin: number;
  readonly latencyRatioMax?: number;
  readonly examples: number;
  readonly seed: number;
  readonly mismatches?: string;
  readonly storage: string;
  readonly json: boolean;
}

const countMax = 1_000_000;

const program = new Command("shadow")
  .description("Asks two recommenders the same and compares. Exit code: 0 equal, 1 different, 2 could not tell.")
  .requiredOption("--left <url>", "the recommender that is right by definition", origin)
  .requiredOption("--right <url>", "the one that is compared with it", origin)
  .option("--requests <file>", "one request a line: /recommendations?…, or {path, body}")
  .option("--from-clicks", "asks what the visitors in the clicks topic would, those seen last first")
  .option(
    "--key <key>",
    "the shop's key; wins over the requests' own (default: the storage folder's, with --from-clicks)",
  )
  .addOption(tenantOption("with --from-clicks: the shop").default("demo"))
  .option("--placement <name>", "with --from-clicks: the placement asked for", "default")
  .option("--limit <n>", "with --from-clicks: items asked for", whole(100), 10)
  .option("--count <n>", "requests, at most", whole(countMax), 1_000)
  .option("--rate <n>", "requests a second of each side", whole(100_000), 50)
  .option("--concurrency <n>", "requests under way", whole(256), 4)
  .option("--timeout <duration>", "an answer that takes longer has failed", duration, 2_000)
  .option("--noise", "asks the left side twice: what it differs from itself is the floor", false)
  .option("--overlap-min <share>", "mean overlap@10 from which rankings are equal", share, 0.9)
  .option("--rbo-min <share>", "mean rank-biased overlap from which rankings are equal", share, 0.9)
  .option("--max-rate <share>", "one side alone may answer at this rate: 0.001", share, 0)
  .option("--requests-min <n>", "fewer compared rankings are not enough to say equal", whole(countMax), 100)
  .option("--latency-ratio-max <ratio>", "the right side's p99 over the left's (default: only told)", ratio)
  .option("--examples <n>", "so many mismatches are shown", whole(100), 3)
  .option("--seed <n>", "another one, another order of the sides", whole(2 ** 31), 1)
  .option("--mismatches <topic>", "writes each request whose answers differ into this topic")
  .option("--json", "one line of JSON", false)
  .addOption(storageOption())
  .action(run);

await runComparison(program);

async function run(options: Options): Promise<void> {
  const { left, right, mismatches, fromClicks, requests: file } = options;
  if ((file === undefined) === (fromClicks !== true)) {
    throw new AppError("REQUEST_INVALID", "Say either --requests FILE or --from-clicks.");
  }
  if (mismatches === "clicks") throw new AppError("REQUEST_INVALID", "--mismatches must be a topic of its own.");
  const log = fromClicks || mismatches !== undefined ? await openExistingLog(options.storage) : undefined;
  try {
    const requests = await requestsOf(options, log);
    await Promise.all([requireSide(left, options), requireSide(right, options)]);
    const startMs = systemClock();
    const runId = String(uuidv7(startMs, Math.random));
    const comparison = { runId, left, right, startedAtMs: startMs, clock: systemClock };
    const report = await shadowRecommenders({
      urls: { left, right },
      requests,
      limits: {
        overlapMin: options.overlapMin,
        rboMin: options.rboMin,
        onesidedRateMax: options.maxRate,
        requestsMin: options.requestsMin,
        ...(options.latencyRatioMax !== undefined && { latencyRatioMax: options.latencyRatioMax }),
      },
      isNoiseMeasured: options.noise,
      ratePerSecond: options.rate,
      concurrency: options.concurrency,
      timeoutMs: options.timeout,
      clock: systemClock,
      random: seededRandom(options.seed),
      examplesMax: options.examples,
      ...(mismatches !== undefined && { mismatches: await openMismatchTopic(log!, mismatches, comparison) }),
    });
    const about = { runId, left, right, seconds: (systemClock() - startMs) / 1_000 };
    console.log(options.json ? jsonShadowReport(report, about) : textShadowReport(report, about));
    process.exitCode = report.exitCode;
  } finally {
    await log?.close();
  }
}

async function requestsOf({ requests: file, count, key, ...options }: Options, log: EventLog | undefined) {
  if (file !== undefined) {
    const requests = await readShadowRequests(file, count);
    if (requests.length === 0) throw new AppError("INPUT_FORMAT_INVALID", `${file} holds no request.`);
    return key === undefined ? requests : requests.map((request) => ({ ...request, key }));
  }
  const { tenant, placement, limit, storage } = options;
  const shopKey = key ?? (await storedKey(storage, tenant));
  const requests = await requestsOfClicks({ log: log!, tenant, key: shopKey, placement, limit, requestsMax: count });
  if (requests.length > 0) return requests;
  throw new AppError("INPUT_FORMAT_INVALID", `Topic clicks holds no visitor of shop ${tenant}. Check --tenant.`);
}

async function storedKey(storage: string, tenant: string): Promise<string> {
  const keys = [...((await readStoredWriteKeys(storage)) ?? new Map()).values()];
  const key = keys.find((candidate) => candidate.tenant === tenant && !candidate.isHistoric);
  if (key) return key.key;
  throw new AppError("EVENT_KEY_INVALID", `${storage} holds no key of shop ${tenant}. Name it with --key.`);
}

/** Whatever it answers, something listens there. */
async function requireSide(url: string, { timeout }: Options): Promise<void> {
  try {
    const signal = AbortSignal.timeout(Math.max(timeout, 5_000));
    await (await fetch(`${url}/recommendations?limit=1`, { signal, redirect: "manual" })).body?.cancel();
  } catch (cause) {
    throw new AppError(
      "SERVER_UNAVAILABLE",
      `Nothing answers at ${url}/recommendations. Start it, or correct the address.`,
      { cause },
    );
  }
}

function origin(text: string): string {
  if (!/^https?:\/\/[^\s?#]+$/.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError("Not an address like http://127.0.0.1:8082.");
  }
  return text.replace(/\/+$/, "").replace(/\/recommendations$/, "");
}

function whole(max: number): (text: string) => number {
  return (text) => {
    if (!/^\d{1,10}$/.test(text) || Number(text) < 1 || Number(text) > max) {
      throw new InvalidArgumentError(`Not a whole number from 1 to ${max}.`);
    }
    return Number(text);
  };
}

function share(text: string): number {
  if (!/^(?:[01]|0?\.\d+|1\.0+)$/.test(text)) throw new InvalidArgumentError("Not a share from 0 to 1.");
  return Number(text);
}

function ratio(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text) || Number(text) === 0) throw new InvalidArgumentError("Not a ratio like 1.5.");
  return Number(text);
}

function duration(text: string): number {
  const durationMs = parseDuration(text);
  if (!durationMs) throw new InvalidArgumentError("Not a duration like 500ms or 2s.");
  return durationMs;
}
