import { systemClock } from "@footfall/base";
import { type Mismatch, parseRules } from "@footfall/comparison";
import { openFileSource, reconcile } from "@footfall/reconciler";
import { joinInMemory } from "./join-in-memory.ts";
import { windowMs } from "./write-sides.ts";

/**
 * One way to compare two files, in a process of its own: `reconcile-process.ts ours|reference <left> <right>`. Tells
 * what it found and what that cost.
 */
export interface ProcessReport {
  readonly wallMs: number;
  readonly cpuMicros: number;
  /** The most that the process had at once. */
  readonly rssMb: number;
  readonly heapMb: number;
  readonly differing: number;
  /** Of ours: mismatches by what was found, pairs, and bytes of records held at once. */
  readonly found?: readonly (readonly [string, number])[];
  readonly pairs?: number;
  readonly heldBytesPeak?: number;
}

const [way = "", left = "", right = ""] = process.argv.slice(2);
let heapMb = 0;
const sampler = setInterval(() => (heapMb = Math.max(heapMb, process.memoryUsage().heapUsed / 1e6)), 100);
const began = performance.now();
const cpu = process.cpuUsage();
const result = way === "ours" ? await compare() : { differing: await joinInMemory(left, right) };
const { user, system } = process.cpuUsage(cpu);
clearInterval(sampler);
const report: ProcessReport = {
  ...result,
  wallMs: performance.now() - began,
  cpuMicros: user + system,
  rssMb: process.resourceUsage().maxRSS / 1024,
  heapMb,
};
process.send!(report);

async function compare() {
  const parsed = parseRules({}, ["/orderId"]);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  const found = new Map<string, number>();
  const count = (mismatch: Mismatch) => {
    const name = nameOf(mismatch);
    found.set(name, (found.get(name) ?? 0) + 1);
  };
  const { report: compared } = await reconcile({
    sources: [await openFileSource(left, "left"), await openFileSource(right, "right")],
    rules: parsed.rules,
    windowMs,
    lateMs: 2 * windowMs,
    stallMs: 15 * windowMs,
    heldBytesMax: 256 * 1024 * 1024,
    sample: 1,
    isComplete: true,
    timeMaxMs: systemClock(),
    differenceRateMax: 0,
    pairsMin: 300,
    examplesMax: 0,
    mismatches: { add: count, flush: async () => {}, end: async () => {}, written: 0 },
  });
  const { tally, heldBytesPeak } = compared;
  const late = tally.late === 0 ? [] : [["late", tally.late] as const];
  return { differing: tally.differing, found: [...found, ...late], pairs: tally.pairs, heldBytesPeak };
}

function nameOf({ outcome, differences }: Mismatch): string {
  return [outcome, ...differences.flatMap(({ field, kind }) => [field, kind])].join(" ");
}
