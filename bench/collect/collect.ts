import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { seededRandom } from "@footfall/base";
import autocannon from "autocannon";
import type { BenchOptions, BenchResult } from "../bench-result.ts";
import { runAsCommand } from "../run-as-command.ts";
import type { ServerMessage } from "./collect-server.ts";
import { eventBodies } from "./event-bodies.ts";

const ratioFloor = 0.35;
const eventsPerCoreSecondFloor = 60_000;
const latencyFloorMs = 50;
const batchEvents = 20;
/** As many as keep a server busy, on both sides: more only queue, and what waits in the queue is counted as latency. */
const singleConnections = 64;
const batchConnections = 32;

/**
 * The collector with the embedded log on a real disk, each in a process of its own, against a bare `node:http` server
 * that reads and parses the same bodies. Runs alternate, so that a noisy machine is noisy for both.
 */
export async function run({ isSmall }: BenchOptions): Promise<BenchResult[]> {
  const rounds = isSmall ? 1 : 3;
  const seconds = isSmall ? 1 : 4;
  const collector = await startServer("collector");
  const bare = await startServer("bare");
  try {
    const random = seededRandom(Date.now());
    const single = eventBodies(1, random);
    const batch = eventBodies(batchEvents, random);
    const warmUp = { connections: singleConnections, requests: isSmall ? 500 : 4_000 };
    await measure(bare, { ...warmUp, body: single });
    await measure(collector, { ...warmUp, body: batch, eventsPerBody: batchEvents });
    const warm = await measure(collector, { ...warmUp, body: single });
    const load = { connections: singleConnections, requests: Math.ceil(warm.requestsPerSecond * seconds) };
    const batchLoad = { ...load, connections: batchConnections, eventsPerBody: batchEvents, body: batch };
    const singles: Load[] = [];
    const bares: Load[] = [];
    const batches: Load[] = [];
    const bareBatches: Load[] = [];
    for (let round = 0; round < rounds; round++) {
      bares.push(await measure(bare, { ...load, body: single }));
      singles.push(await measure(collector, { ...load, body: single }));
      bareBatches.push(await measure(bare, batchLoad));
      batches.push(await measure(collector, batchLoad));
    }
    const ids = await ask(collector.child, "count", "ids");
    return [
      compareSingles(merge(singles), merge(bares)),
      describeBatches(merge(batches), merge(bareBatches), { accepted: collector.accepted, ids }),
    ];
  } finally {
    await collector.stop();
    await bare.stop();
  }
}

function compareSingles(ours: Load, reference: Load): BenchResult {
  const ratio = ours.requestsPerSecond / reference.requestsPerSecond;
  return {
    name: "collect: one event per POST, durable",
    unit: "requests/s",
    ours: Math.round(ours.requestsPerSecond),
    reference: Math.round(reference.requestsPerSecond),
    ratio,
    floor: `ratio ≥ ${ratioFloor} of a bare node:http server`,
    holds: ratio >= ratioFloor && ours.failures === 0,
    details: {
      cpuMicrosPerRequest: Math.round(ours.cpuMicrosPerRequest),
      bareCpuMicrosPerRequest: Math.round(reference.cpuMicrosPerRequest),
      cpuRatio: (reference.cpuMicrosPerRequest / ours.cpuMicrosPerRequest).toFixed(3),
      p50Ms: ours.p50Ms,
      p99Ms: ours.p99Ms,
      bareP99Ms: reference.p99Ms,
      failures: ours.failures,
    },
  };
}

function describeBatches(load: Load, bare: Load, counts: { accepted: number; ids: number }): BenchResult {
  const { accepted, ids } = counts;
  const eventsPerCoreSecond = (1e6 / load.cpuMicrosPerRequest) * batchEvents;
  const reference = (1e6 / bare.cpuMicrosPerRequest) * batchEvents;
  return {
    name: `collect: batches of ${batchEvents}, durable`,
    unit: "events/s per core",
    ours: Math.round(eventsPerCoreSecond),
    reference: Math.round(reference),
    ratio: eventsPerCoreSecond / reference,
    floor: `≥ ${eventsPerCoreSecondFloor} events/s on one core, p99 < ${latencyFloorMs} ms, ids in the log = accepted`,
    holds:
      eventsPerCoreSecond >= eventsPerCoreSecondFloor &&
      load.p99Ms < latencyFloorMs &&
      load.failures === 0 &&
      ids === accepted,
    details: {
      eventsPerSecond: Math.round(load.requestsPerSecond * batchEvents),
      cpuMicrosPerEvent: (load.cpuMicrosPerRequest / batchEvents).toFixed(2),
      p50Ms: load.p50Ms,
      p99Ms: load.p99Ms,
      failures: load.failures,
      accepted,
      idsInLog: ids,
    },
  };
}

interface Server {
  readonly child: ChildProcess;
  readonly port: number;
  /** Events with the receipt `accepted`, over all loads. */
  accepted: number;
  stop(): Promise<void>;
}

async function startServer(mode: "collector" | "bare"): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), "footfall-bench-collect-"));
  const file = fileURLToPath(new URL("collect-server.ts", import.meta.url));
  const child = fork(file, [mode, folder], { execArgv: ["--import", "tsx"] });
  const port = await nextAnswer(child, "port");
  return {
    child,
    port,
    accepted: 0,
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Load {
  readonly requestsPerSecond: number;
  readonly cpuMicrosPerRequest: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 200, errors and events not accepted. */
  readonly failures: number;
}

interface LoadOptions {
  readonly connections: number;
  /** A number of requests, not a time: all are answered, so that acceptances can be counted against the log. */
  readonly requests: number;
  readonly body: () => Buffer;
  readonly eventsPerBody?: number;
}

async function measure(server: Server, options: LoadOptions): Promise<Load> {
  const cpuBefore = await ask(server.child, "cpu", "cpuMicros");
  const { eventsPerBody = 1 } = options;
  let accepted = 0;
  let refused = 0;
  const onResponse = (status: number, answer: string): void => {
    let count = 0;
    for (let at = answer.indexOf('"accepted"'); at >= 0; at = answer.indexOf('"accepted"', at + 10)) count++;
    accepted += count;
    if (status !== 200 || count !== eventsPerBody) refused++;
  };
  const startMs = performance.now();
  const result = await autocannon({
    url: `http://127.0.0.1:${server.port}/v1/events`,
    method: "POST",
    connections: options.connections,
    amount: options.requests,
    requests: [{ setupRequest: (request) => ({ ...request, body: options.body() }), onResponse }],
  });
  const seconds = (performance.now() - startMs) / 1000;
  const cpuMicros = (await ask(server.child, "cpu", "cpuMicros")) - cpuBefore;
  server.accepted += accepted;
  return {
    requestsPerSecond: result.requests.total / seconds,
    cpuMicrosPerRequest: cpuMicros / result.requests.total,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    failures: refused + result.errors + result.timeouts,
  };
}

/** The median of each figure over the rounds; failures add up. */
function merge(loads: readonly Load[]): Load {
  const median = (pick: (load: Load) => number): number =>
    loads.map(pick).sort((left, right) => left - right)[Math.floor(loads.length / 2)] ?? 0;
  return {
    requestsPerSecond: median((load) => load.requestsPerSecond),
    cpuMicrosPerRequest: median((load) => load.cpuMicrosPerRequest),
    p50Ms: median((load) => load.p50Ms),
    p99Ms: median((load) => load.p99Ms),
    failures: loads.reduce((sum, load) => sum + load.failures, 0),
  };
}

type AnswerName = "port" | "cpuMicros" | "ids";

function ask(child: ChildProcess, question: "cpu" | "count", name: AnswerName): Promise<number> {
  const answer = nextAnswer(child, name);
  child.send(question);
  return answer;
}

function nextAnswer(child: ChildProcess, name: AnswerName): Promise<number> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`the benchmark's server ended with code ${code}`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve((message as ServerMessage & Record<AnswerName, number>)[name]);
    });
  });
}

await runAsCommand(import.meta.url, run);
