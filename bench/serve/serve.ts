import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "@footfall/testkit";
import autocannon from "autocannon";
import type { BenchOptions, BenchResult } from "../bench-result.ts";
import { runAsCommand } from "../run-as-command.ts";
import { fillStorage, filteredPaths, requestPaths } from "./served-storage.ts";

const floorRatio = 0.4;
/** Least share of the requests a second that lists of neighbours alone answer, and most memory beside theirs. */
const blendFloor = 0.35;
const blendMemoryMax = 2;
/** Least share of the requests a second that are answered without a filter. */
const filteredFloor = 0.6;
const connections = 32;

interface Contestant {
  readonly child: ChildProcess;
  readonly url: string;
}

/** How much load: for seconds, or a number of requests. */
type Extent = { readonly duration: number } | { readonly amount: number };

interface Round {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
  readonly cpuUs: number;
  readonly rssMb: number;
}

/**
 * The recommender with a model of 100,000 items × 100 neighbours, against a bare node:http server and an Express one
 * that answer a constant body of the same size. It is asked twice: in a placement of the lists of neighbours alone, and
 * as it is served, with sessions of 10 M clicks and those of its visitors beside them. Each in a process of its own,
 * one after the other in turns, so that a noisy machine is equally noisy to all; the ratio is the median over the
 * turns.
 */
export async function run({ isSmall }: BenchOptions): Promise<BenchResult[]> {
  const shape = isSmall ? { items: 2_000, visitors: 500 } : { items: 100_000, visitors: 20_000 };
  const clicks = isSmall ? 20_000 : 10_000_000;
  const turns = isSmall ? 1 : 5;
  const seconds = isSmall ? 1 : 3;
  const storage = await temporaryFolder();
  const listsStorage = await temporaryFolder();
  const contestants: Contestant[] = [];
  try {
    await fillStorage(storage.path, { ...shape, clicks });
    await fillStorage(listsStorage.path, shape);
    const paths = requestPaths(shape, 5_000);
    const listPaths = paths.map((path) => path.replace("placement=home", "placement=lists"));
    contestants.push(await start("recommender", storage.path));
    const body = await (await fetch(contestants[0]!.url + paths[0]!)).text();
    contestants.push(await start("bare", body), await start("express", body));
    // Warmed up by a number of requests, not by time: on a busy machine a second does not get the code compiled.
    const warmUps = isSmall ? 500 : 15_000;
    for (const contestant of contestants) await load(contestant, listPaths, { amount: warmUps });
    await load(contestants[0]!, paths, { amount: warmUps });
    const rounds: Round[][] = [];
    for (let turn = 0; turn < turns; turn++) {
      const round: Round[] = [];
      for (const contestant of contestants) round.push(await load(contestant, listPaths, { duration: seconds }));
      round.push(await load(contestants[0]!, paths, { duration: seconds }));
      rounds.push(round);
    }
    const listsMb = await memoryOf(listsStorage.path, listPaths, warmUps);
    const filtered = await measureFilters(contestants[0]!, paths, { turns, seconds, warmUps });
    const results = resultsOf(rounds, { ...shape, connections, seconds, turns, bodyBytes: Buffer.byteLength(body) });
    return [...results, ...blendResults(rounds, clicks, listsMb), ...filtered];
  } finally {
    for (const contestant of contestants) await stop(contestant);
    await storage.remove();
    await listsStorage.remove();
  }
}

/** Resident memory of a recommender whose model has lists alone, in MB. */
async function memoryOf(storage: string, paths: readonly string[], warmUps: number): Promise<number> {
  const contestant = await start("recommender", storage);
  try {
    return (await load(contestant, paths, { amount: warmUps })).rssMb;
  } finally {
    await stop(contestant);
  }
}

function blendResults(rounds: readonly Round[][], clicks: number, listsMb: number): BenchResult[] {
  const medianOf = (pick: (lists: Round, blend: Round) => number): number =>
    median(rounds.map(([lists, , , blend]) => pick(lists!, blend!)));
  const ratio = medianOf((lists, blend) => blend.requestsPerSecond / lists.requestsPerSecond);
  const blendMb = medianOf((_, blend) => blend.rssMb);
  return [
    {
      name: "serve/session-blend",
      unit: "requests/s",
      ours: Math.round(medianOf((_, blend) => blend.requestsPerSecond)),
      reference: Math.round(medianOf((lists) => lists.requestsPerSecond)),
      ratio,
      floor: `ratio ≥ ${blendFloor} of lists of neighbours alone`,
      holds: ratio >= blendFloor,
      details: {
        clicks,
        p99Ms: medianOf((_, blend) => blend.p99Ms),
        cpuUs: rounded(medianOf((_, blend) => blend.cpuUs)),
        listsCpuUs: rounded(medianOf((lists) => lists.cpuUs)),
      },
    },
    {
      name: "serve/session-blend-memory",
      unit: "MB resident",
      ours: Math.round(blendMb),
      reference: Math.round(listsMb),
      ratio: blendMb / listsMb,
      floor: `ratio ≤ ${blendMemoryMax} of lists of neighbours alone`,
      holds: blendMb / listsMb <= blendMemoryMax,
      details: { clicks },
    },
  ];
}

/** The recommender with and without filters, in turns: each ratio is of two runs right after one another. */
async function measureFilters(
  contestant: Contestant,
  paths: readonly string[],
  { turns, seconds, warmUps }: Record<"turns" | "seconds" | "warmUps", number>,
): Promise<BenchResult[]> {
  const variants = Object.entries(filteredPaths(paths));
  for (const [, filtered] of variants) await load(contestant, filtered, { amount: warmUps });
  const results: BenchResult[] = [];
  for (const [name, filtered] of variants) {
    const rounds: [ours: Round, without: Round][] = [];
    for (let turn = 0; turn < turns; turn++) {
      const without = await load(contestant, paths, { duration: seconds });
      rounds.push([await load(contestant, filtered, { duration: seconds }), without]);
    }
    const ratio = median(rounds.map(([ours, without]) => ours.requestsPerSecond / without.requestsPerSecond));
    results.push({
      name: `serve/filter-${name}`,
      unit: "requests/s",
      ours: Math.round(median(rounds.map(([ours]) => ours.requestsPerSecond))),
      reference: Math.round(median(rounds.map(([, without]) => without.requestsPerSecond))),
      ratio,
      floor: `ratio ≥ ${filteredFloor} of the same requests without a filter`,
      holds: ratio >= filteredFloor,
      details: {
        cpuRatio: rounded(median(rounds.map(([ours, without]) => without.cpuUs / ours.cpuUs))),
        p99Ms: median(rounds.map(([ours]) => ours.p99Ms)),
        example: filtered[0]!,
      },
    });
  }
  return results;
}

function resultsOf(rounds: readonly Round[][], setting: Record<string, number>): BenchResult[] {
  const medianOf = (pick: (round: Round[]) => number): number => median(rounds.map(pick));
  const ratio = medianOf(([ours, bare]) => ours!.requestsPerSecond / bare!.requestsPerSecond);
  const cpuRatio = medianOf(([ours, bare]) => bare!.cpuUs / ours!.cpuUs);
  const throughput: BenchResult = {
    name: "serve/requests",
    unit: "requests/s",
    ours: Math.round(medianOf(([ours]) => ours!.requestsPerSecond)),
    reference: Math.round(medianOf(([, bare]) => bare!.requestsPerSecond)),
    ratio,
    floor: `ratio ≥ ${floorRatio} of bare node:http`,
    holds: ratio >= floorRatio,
    details: {
      ...setting,
      p99Ms: medianOf(([ours]) => ours!.p99Ms),
      expressRequestsPerSecond: Math.round(medianOf(([, , express]) => express!.requestsPerSecond)),
      expressRatio: rounded(medianOf(([, bare, express]) => express!.requestsPerSecond / bare!.requestsPerSecond)),
    },
  };
  const cpu: BenchResult = {
    name: "serve/cpu",
    unit: "µs of CPU per request",
    ours: rounded(medianOf(([ours]) => ours!.cpuUs)),
    reference: rounded(medianOf(([, bare]) => bare!.cpuUs)),
    ratio: cpuRatio,
    floor: "for reading: bare / ours, without the load generator's share",
    holds: true,
    details: {
      expressCpuUs: rounded(medianOf(([, , express]) => express!.cpuUs)),
      expressRatio: rounded(medianOf(([, bare, express]) => bare!.cpuUs / express!.cpuUs)),
    },
  };
  return [throughput, cpu];
}

async function start(kind: string, argument: string): Promise<Contestant> {
  const file = fileURLToPath(new URL("server.ts", import.meta.url));
  const profile = process.env.BENCH_CPU_PROF_DIR;
  const profiling = profile && kind === "recommender" ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : [];
  const child = fork(file, [kind, argument], { execArgv: ["--import", "tsx", ...profiling] });
  const { url } = (await answerOf(child)) as { url: string };
  return { child, url };
}

async function stop({ child }: Contestant): Promise<void> {
  child.send("stop");
  await once(child, "exit");
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const [message] = (await once(child, "message")) as [unknown];
  return message;
}

async function usageOf(child: ChildProcess): Promise<{ readonly cpuUs: number; readonly rssMb: number }> {
  const answer = answerOf(child);
  child.send("usage");
  return (await answer) as { cpuUs: number; rssMb: number };
}

async function load({ child, url }: Contestant, paths: readonly string[], extent: Extent): Promise<Round> {
  const before = await usageOf(child);
  const result = await autocannon({
    url,
    connections,
    ...extent,
    timeout: 60,
    requests: paths.map((path) => ({ path })),
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} bad answers, ${result.errors} errors`);
  const after = await usageOf(child);
  const cpuUs = (after.cpuUs - before.cpuUs) / result["2xx"];
  const requestsPerSecond = result["2xx"] / result.duration;
  return { requestsPerSecond, p99Ms: result.latency.p99, cpuUs, rssMb: after.rssMb };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

await runAsCommand(import.meta.url, run);
