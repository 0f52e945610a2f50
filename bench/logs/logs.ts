import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { IndexedEntry, LogIndex } from "@footfall/log-index";
import { EmbeddedLogIndex } from "@footfall/log-index/embedded";
import { lineReader, parseQuery } from "@footfall/service-logs";
import type { BenchOptions, BenchResult } from "../bench-result.ts";
import { runAsCommand } from "../run-as-command.ts";
import { writeAccessLog } from "./access-log.ts";

const execute = promisify(execFile);
const startMs = Date.UTC(2026, 10, 1);
const batchEntries = 5_000;
const repeats = 20;

interface Question {
  readonly query: string;
  /** The same for `grep -P` and `rg`. */
  readonly pattern: string;
  /** Few lines match: there an index must win. */
  readonly isSelective: boolean;
}

const questions: readonly Question[] = [
  { query: "needle", pattern: "\\bneedle\\b", isSelective: true },
  { query: '"/needle-0"', pattern: "/needle-0\\b", isSelective: true },
  { query: "item-49999", pattern: "item-49999\\b", isSelective: true },
  { query: "10.3.255.254", pattern: "\\b10\\.3\\.255\\.254\\b", isSelective: true },
  { query: "item-49998 -ExampleBot", pattern: "^(?!.*ExampleBot).*item-49998\\b", isSelective: true },
  { query: "checkout status:>=500", pattern: '\\bcheckout\\b.*" 5\\d\\d ', isSelective: false },
  { query: "ExampleBot method:POST", pattern: '"POST .*ExampleBot', isSelective: false },
  { query: "status:404", pattern: '" 404 ', isSelective: false },
  { query: "firefox", pattern: "\\bfirefox\\b", isSelective: false },
  { query: "item-49*", pattern: "item-49", isSelective: false },
];

/**
 * Fills the embedded index with an access log, asks ten questions for their newest 100 entries and for their counts,
 * and has `grep` and `rg` count the same in the file.
 */
export async function run({ isSmall }: BenchOptions): Promise<readonly BenchResult[]> {
  const lines = isSmall ? 50_000 : 10_000_000;
  const folder = await mkdtemp(join(tmpdir(), "footfall-logs-"));
  try {
    const path = join(folder, "access.log");
    const rawBytes = await writeAccessLog({ path, lines, startMs });
    const index = EmbeddedLogIndex.open({ folder: join(folder, "index") });
    const ingest = await fill(index, path);
    const size = await bytesIn(join(folder, "index"));
    const results = [sizeResult({ rawBytes, bytes: size, lines, isSmall }), ingestResult(lines, ingest)];
    for (const question of questions) results.push(await ask(index, path, question, isSmall));
    await index.close();
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(index: LogIndex, path: string): Promise<{ readonly seconds: number; readonly cpuSeconds: number }> {
  const read = lineReader({ format: "combined" });
  const began = performance.now();
  const cpu = process.cpuUsage();
  let offset = 0n;
  let batch: IndexedEntry[] = [];
  const store = async (): Promise<void> => {
    const expected = new Map([["logs-0", offset - BigInt(batch.length) || undefined]]);
    await index.store(batch, new Map([["logs-0", offset]]), expected);
    batch = [];
  };
  let byte = 0;
  for await (const text of createInterface({ input: createReadStream(path) })) {
    const source = { path, generation: "g", offset: byte };
    byte += text.length + 1;
    batch.push({
      partition: 0,
      offset: offset++,
      entry: { service: "web", instance: "w1", ...read(text, startMs), source },
    });
    if (batch.length >= batchEntries) await store();
  }
  if (batch.length > 0) await store();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - began) / 1_000, cpuSeconds: (user + system) / 1e6 };
}

/** A small file is scanned in a few ms, which no index beats tenfold: of it only the counts are judged. */
async function ask(index: LogIndex, path: string, question: Question, isSmall: boolean): Promise<BenchResult> {
  const { query, pattern } = question;
  const isSelective = question.isSelective && !isSmall;
  const parsed = parseQuery(query);
  if (!parsed.ok) throw new Error(`${query}: ${parsed.problem}`);
  const found: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    found.push(await msOf(() => index.search({ query: parsed.query, limit: 100 })));
  }
  const counted: { count?: number } = {};
  const countMs = await msOf(async () => (counted.count = await index.count({ query: parsed.query })));
  const grep = await scan("grep", ["-ciP", pattern, path]);
  const rg = await scan("rg", ["-ciP", pattern, path]);
  const p95 = found.sort((a, b) => a - b)[Math.floor(repeats * 0.95) - 1]!;
  const reference = Math.min(grep.ms, rg.ms);
  const slowest = Math.max(p95, isSelective ? countMs : 0);
  return {
    name: `logs/${query}`,
    unit: "ms",
    ours: p95,
    reference,
    ratio: slowest / reference,
    floor: isSelective ? "search and count ≤ 0.1 of the faster scan, same count" : "same count",
    holds: counted.count === grep.count && counted.count === rg.count && (!isSelective || slowest <= 0.1 * reference),
    details: { count: counted.count!, countMs, grepMs: grep.ms, rgMs: rg.ms, p50Ms: found[repeats / 2]! },
  };
}

/** The second of two runs: the file is in memory then, if it fits. */
async function scan(command: string, parameters: readonly string[]) {
  let stdout = "";
  let ms = 0;
  for (let at = 0; at < 2; at += 1) {
    ms = await msOf(async () => {
      // No match is exit code 1, with a count of 0.
      ({ stdout } = await execute(command, parameters).catch((error: { stdout: string }) => error));
    });
  }
  return { ms, count: Number(stdout || 0) };
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size;
  return bytes;
}

interface Sizes {
  readonly rawBytes: number;
  readonly bytes: number;
  readonly lines: number;
  readonly isSmall: boolean;
}

/** The write-ahead log of an open index does not grow with it: it is most of a small one. */
function sizeResult({ rawBytes, bytes, lines, isSmall }: Sizes): BenchResult {
  return {
    name: "logs/index-size",
    unit: "MB",
    ours: bytes / 1e6,
    reference: rawBytes / 1e6,
    ratio: bytes / rawBytes,
    floor: isSmall ? "none: reported" : "ratio ≤ 0.8: entries and index together",
    holds: isSmall || bytes <= 0.8 * rawBytes,
    details: { lines },
  };
}

function ingestResult(lines: number, { seconds, cpuSeconds }: Awaited<ReturnType<typeof fill>>): BenchResult {
  return {
    name: "logs/ingest",
    unit: "lines/s",
    ours: Math.round(lines / seconds),
    reference: null,
    ratio: null,
    floor: "none: reported",
    holds: true,
    details: { cpuMicrosecondsPerLine: (cpuSeconds * 1e6) / lines },
  };
}

await runAsCommand(import.meta.url, run);
