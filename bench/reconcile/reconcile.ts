import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BenchOptions, BenchResult } from "../bench-result.ts";
import { runAsCommand } from "../run-as-command.ts";
import type { ProcessReport } from "./reconcile-process.ts";
import { seededCounts, writeSides } from "./write-sides.ts";

const pairsFull = 1_000_000;
const pairsSmall = 20_000;
const ratioMin = 0.4;
const growthMax = 1.5;
const heapMaxMb = 8_192;

/**
 * Compares two files of orders with the twelve kinds of difference seeded in known numbers, in a process of its own.
 * The reference, in another, is a script that holds one side in a map; memory is compared with that of a tenth of the
 * pairs.
 */
export async function run({ isSmall }: BenchOptions): Promise<readonly BenchResult[]> {
  const pairs = isSmall ? pairsSmall : pairsFull;
  const folder = await mkdtemp(join(tmpdir(), "footfall-reconcile-"));
  try {
    const paths = (name: string) => ({ left: join(folder, `left-${name}`), right: join(folder, `right-${name}`) });
    const [all, tenth] = [paths("all.jsonl"), paths("tenth.jsonl")];
    await writeSides(pairs, all);
    await writeSides(pairs / 10, tenth);
    const ofTenth = await runProcess("ours", tenth);
    const ours = await runProcess("ours", all);
    const reference = await runProcess("reference", all);
    return [
      findingsOf(pairs, ours, reference),
      speedOf(pairs, { ours, reference, isSmall }),
      memoryOf(pairs, { ours, ofTenth, reference, isSmall }),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Every kind in the number that was seeded, and nothing else. */
function findingsOf(pairs: number, { found = [], differing }: ProcessReport, reference: ProcessReport): BenchResult {
  const seeded = seededCounts(pairs);
  const counts = new Map(found);
  const names = new Set([...seeded.keys(), ...counts.keys()]);
  const wrong = [...names].filter((name) => seeded.get(name) !== counts.get(name));
  return {
    name: "reconcile/found",
    unit: "differences",
    ours: differing,
    reference: reference.differing,
    ratio: differing / reference.differing,
    floor: "each of the twelve kinds as often as seeded, nothing else",
    holds: wrong.length === 0,
    details: {
      ...Object.fromEntries(counts),
      ...(wrong.length > 0 && {
        wrong: wrong.map((name) => `${name}: ${counts.get(name) ?? 0} of ${seeded.get(name) ?? 0}`).join("; "),
      }),
    },
  };
}

interface Runs {
  readonly ours: ProcessReport;
  readonly reference: ProcessReport;
  readonly isSmall: boolean;
}

/** By CPU: what else runs on the machine slows both, but not alike. A short run is mostly start. */
function speedOf(pairs: number, { ours, reference, isSmall }: Runs): BenchResult {
  const ratio = reference.cpuMicros / ours.cpuMicros;
  return {
    name: "reconcile/speed",
    unit: "pairs per second of CPU",
    ours: Math.round(pairs / (ours.cpuMicros / 1e6)),
    reference: Math.round(pairs / (reference.cpuMicros / 1e6)),
    ratio,
    floor: isSmall ? "none: reported" : `ratio ≥ ${ratioMin}`,
    holds: isSmall || ratio >= ratioMin,
    details: {
      pairs: ours.pairs ?? 0,
      pairsPerSecond: Math.round(pairs / (ours.wallMs / 1e3)),
      pairsPerSecondOfReference: Math.round(pairs / (reference.wallMs / 1e3)),
    },
  };
}

/** Ten times the pairs must not need more memory; the process's own varies with its collector. */
function memoryOf(pairs: number, { ours, ofTenth, reference, isSmall }: Runs & { readonly ofTenth: ProcessReport }) {
  const growth = ours.rssMb / ofTenth.rssMb;
  const isHeldAlike = (ours.heldBytesPeak ?? 0) <= 1.1 * (ofTenth.heldBytesPeak ?? 0);
  const result: BenchResult = {
    name: "reconcile/memory",
    unit: "MB",
    ours: Math.round(ours.rssMb),
    reference: Math.round(ofTenth.rssMb),
    ratio: growth,
    floor: isSmall ? "none: reported" : `ratio ≤ ${growthMax} to a tenth of the pairs, held records ≤ 1.1 ×`,
    holds: isSmall || (growth <= growthMax && isHeldAlike),
    details: {
      heapMb: Math.round(ours.heapMb),
      heapMbOfTenth: Math.round(ofTenth.heapMb),
      heldKb: Math.round((ours.heldBytesPeak ?? 0) / 1e3),
      heldKbOfTenth: Math.round((ofTenth.heldBytesPeak ?? 0) / 1e3),
      rssMbOfScript: Math.round(reference.rssMb),
      pairsOfTenth: pairs / 10,
    },
  };
  return result;
}

function runProcess(way: string, { left, right }: { readonly left: string; readonly right: string }) {
  const script = fileURLToPath(new URL("reconcile-process.ts", import.meta.url));
  const execArgv = ["--import", "tsx", `--max-old-space-size=${heapMaxMb}`];
  const child = fork(script, [way, left, right], { execArgv });
  return new Promise<ProcessReport>((resolve, reject) => {
    child.once("message", (message) => resolve(message as ProcessReport));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`comparing (${way}) ended with code ${code}`)));
  });
}

await runAsCommand(import.meta.url, run);
