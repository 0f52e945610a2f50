import { errorCodeOf } from "@footfall/base";
import type { EventLog, LogRecord } from "@footfall/log";

/** Records that are looked at, the newest of each partition: an answer shall not take minutes. */
const recordsMax = 20_000;

/** A mismatch as the reconciler wrote it; the page shows what is there. */
export interface StoredMismatch {
  readonly runId: string;
  /** Its place in the topic, `partition-offset`. */
  readonly id: string;
  readonly outcome: string;
  readonly [name: string]: unknown;
}

export interface StoredRun {
  readonly runId: string;
  readonly startedAtMs: number;
  /** Mismatches by outcome, of those that were read. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Absent where the run has not come to its end. */
  readonly report?: object;
}

export interface StoredMismatches {
  /** Newest first. */
  readonly runs: readonly StoredRun[];
  readonly mismatches: readonly StoredMismatch[];
  /** Older records were left out. */
  readonly isCut: boolean;
}

/** Reads the newest runs of a topic; what the reconciler did not write is passed over. Undefined: no such topic. */
export async function readMismatches(log: EventLog, topic: string): Promise<StoredMismatches | undefined> {
  const offsets = await log.offsets(topic).catch((error: unknown) => {
    if (errorCodeOf(error) === "LOG_TOPIC_UNKNOWN") return undefined;
    throw error;
  });
  if (!offsets) return undefined;
  const perPartition = BigInt(Math.ceil(recordsMax / offsets.length));
  const runs = new Map<string, { startedAtMs: number; outcomes: Record<string, number>; report?: object }>();
  const mismatches: StoredMismatch[] = [];
  let isCut = false;
  for (const [partition, { startOffset, endOffset }] of offsets.entries()) {
    const newest = endOffset - perPartition;
    if (newest > startOffset) isCut = true;
    const range = { topic, partition, startOffset: newest > startOffset ? newest : startOffset, endOffset };
    for await (const { records } of log.read(range)) {
      for (const record of records) {
        const value = readRecord(record);
        if (!value) continue;
        const run = runs.get(value.runId) ?? { startedAtMs: record.appendedAtMs, outcomes: {} };
        runs.set(value.runId, run);
        run.startedAtMs = Math.min(run.startedAtMs, record.appendedAtMs);
        if (value.report) run.report = value.report;
        if (value.outcome === undefined) continue;
        run.outcomes[value.outcome] = (run.outcomes[value.outcome] ?? 0) + 1;
        mismatches.push({ ...value, outcome: value.outcome, id: `${partition}-${record.offset}` });
      }
    }
  }
  const sorted = [...runs].map(([runId, run]) => ({ runId, ...run })).sort((a, b) => b.startedAtMs - a.startedAtMs);
  return { runs: sorted, mismatches, isCut };
}

interface StoredValue {
  readonly runId: string;
  readonly outcome?: string;
  readonly report?: object;
}

function readRecord({ value }: LogRecord): StoredValue | undefined {
  let read: Partial<StoredValue> | null;
  try {
    read = value === null ? null : (JSON.parse(value.toString()) as Partial<StoredValue> | null);
  } catch {
    return undefined;
  }
  if (typeof read !== "object" || typeof read?.runId !== "string") return undefined;
  const isRun = typeof read.report === "object" && read.report !== null;
  return isRun || typeof read.outcome === "string" ? (read as StoredValue) : undefined;
}
