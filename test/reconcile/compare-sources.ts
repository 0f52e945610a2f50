import { readFile } from "node:fs/promises";
import { systemClock } from "@footfall/base";
import { type Mismatch, parseRules, type ReconciliationReport } from "@footfall/comparison";
import type { EventLog } from "@footfall/log";
import { openFileSource, openTopicSources, reconcile } from "@footfall/reconciler";
import { windowMs } from "../../bench/reconcile/write-sides.ts";

export interface SidePaths {
  readonly left: string;
  readonly right: string;
}

export type Sources = Awaited<ReturnType<typeof openTopicSources>>;

/** Pairs of the data; each kind of difference is in it four times. */
export const pairs = 4_000;
export const topicNames = { left: "orders", right: "orders.new" } as const;
/** Not the same on both sides: a pair need not lie in partitions of one number. */
const partitions = { left: 3, right: 5 } as const;

/** Makes both topics of the lines of both files. */
export async function appendSides(log: EventLog, paths: SidePaths): Promise<void> {
  for (const side of ["left", "right"] as const) {
    await log.createTopic({ name: topicNames[side], partitions: partitions[side] });
    const lines = (await readFile(paths[side], "utf8")).trimEnd().split("\n");
    const records = lines.map((line) => ({
      key: (JSON.parse(line) as { orderId: string }).orderId,
      value: Buffer.from(line),
    }));
    for (let start = 0; start < records.length; start += 500) {
      await log.append(topicNames[side], records.slice(start, start + 500));
    }
  }
}

export async function fileSources({ left, right }: SidePaths): Promise<Sources> {
  return [await openFileSource(left, "left"), await openFileSource(right, "right")];
}

export async function topicSources(log: EventLog): Promise<Sources> {
  const { left, right } = topicNames;
  return [...(await openTopicSources(log, left, "left")), ...(await openTopicSources(log, right, "right"))];
}

export interface Compared {
  /** As one that reads the report sees it, whatever order records came in. */
  readonly report: object;
  /** Without the places, which are the source's own, in the order of their text. */
  readonly mismatches: readonly string[];
  readonly found: ReadonlyMap<string, number>;
}

export async function compareSources(sources: Sources): Promise<Compared> {
  const parsed = parseRules({}, ["/orderId"]);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  const mismatches: string[] = [];
  const found = new Map<string, number>();
  const add = (mismatch: Mismatch): void => {
    const name = [mismatch.outcome, ...mismatch.differences.flatMap(({ field, kind }) => [field, kind])].join(" ");
    found.set(name, (found.get(name) ?? 0) + 1);
    const { left, right, ...rest } = mismatch;
    const withoutPlace = (record: typeof left) => record && { ...record, place: undefined };
    mismatches.push(JSON.stringify({ ...rest, left: withoutPlace(left), right: withoutPlace(right) }));
  };
  const { report } = await reconcile({
    sources,
    rules: parsed.rules,
    windowMs,
    lateMs: 2 * windowMs,
    stallMs: 15 * windowMs,
    heldBytesMax: 64 * 1024 * 1024,
    sample: 1,
    isComplete: true,
    timeMaxMs: systemClock(),
    differenceRateMax: 0,
    pairsMin: 300,
    examplesMax: 0,
    mismatches: { add, flush: async () => {}, end: async () => {}, written: 0 },
  });
  if (report.tally.late > 0) found.set("late", report.tally.late);
  return { report: inOrder(report), mismatches: mismatches.sort(), found };
}

function inOrder(report: ReconciliationReport): object {
  const { tally, eventTypes, ...verdict } = report;
  const { kinds, fields, rulesUsed, unparsableReasons, ...counts } = tally;
  const sorted = (entries: Iterable<unknown>) => [...entries].map((entry) => JSON.stringify(entry)).sort();
  return {
    ...verdict,
    // What the run held meanwhile depends on how both sides came.
    heldBytesPeak: undefined,
    counts,
    lists: [kinds, fields, rulesUsed, unparsableReasons].map((map) => sorted(map)),
    eventTypes: sorted(eventTypes),
  };
}
