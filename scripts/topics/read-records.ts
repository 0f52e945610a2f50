import { isUtf8 } from "node:buffer";
import { AppError } from "@footfall/base";
import type { EventLog, LogBatch, LogRecord } from "@footfall/log";

/** A record as it is shown. */
export interface ShownRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly appendedAtMs: number;
  readonly key: string | null;
  /** JSON as it is; other text as `{text}`; other bytes as `{base64}`; null for a tombstone. */
  readonly value: unknown;
}

export interface RecordSelection {
  readonly topic: string;
  /** Default: all. */
  readonly partition: number | undefined;
  /** First offset, of each partition shown. */
  readonly from: bigint | undefined;
  /** Where `from` is not given: so many of the newest, over all partitions together. */
  readonly last: number;
}

/**
 * The records selected: from an offset on, partition by partition; or the newest, in order of their append times.
 * @returns the offset after the last one looked at, by partition: where `followRecords` goes on
 * @throws AppError LOG_TOPIC_UNKNOWN, LOG_OFFSET_OUT_OF_RANGE
 */
export async function showRecords(
  log: EventLog,
  selection: RecordSelection,
  show: (record: ShownRecord) => void,
): Promise<ReadonlyMap<number, bigint>> {
  const { topic, from, last } = selection;
  const offsets = await log.offsets(topic);
  const partitions = selectedPartitions(selection, offsets.length);
  const ends = new Map(partitions.map((partition) => [partition, offsets[partition]!.endOffset]));
  let newest: ShownRecord[] = [];
  for (const [partition, endOffset] of ends) {
    const { startOffset } = offsets[partition]!;
    const lastOffset = endOffset - BigInt(last);
    const first = from ?? (lastOffset > startOffset ? lastOffset : startOffset);
    for await (const { records } of log.read({ topic, partition, startOffset: first, endOffset })) {
      const shown = records.map((record) => shownRecord(partition, record));
      if (from === undefined) newest.push(...shown);
      else shown.forEach(show);
    }
  }
  newest = newest.sort((left, right) => left.appendedAtMs - right.appendedAtMs);
  newest.slice(-last).forEach(show);
  return ends;
}

/** Shows what is appended from the given offsets on, until the signal. */
export async function followRecords(
  log: EventLog,
  { topic, from, signal }: { topic: string; from: ReadonlyMap<number, bigint>; signal: AbortSignal },
  show: (record: ShownRecord) => void,
): Promise<void> {
  const subscription = await log.subscribe({
    topics: [topic],
    from: "latest",
    onAssignment: async () => [...from].map(([partition, offset]) => ({ topic, partition, offset })),
    onBatch: async ({ partition, records }: LogBatch) => {
      if (from.has(partition)) for (const record of records) show(shownRecord(partition, record));
    },
  });
  const stop = () => void subscription.stop();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  try {
    await subscription.done;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function selectedPartitions({ topic, partition }: RecordSelection, count: number): number[] {
  if (partition === undefined) return Array.from({ length: count }, (_, index) => index);
  if (partition < count) return [partition];
  throw new AppError("LOG_OFFSET_OUT_OF_RANGE", `${topic} has the partitions 0 to ${count - 1}, not ${partition}.`, {
    context: { topic, partition },
  });
}

function shownRecord(partition: number, { offset, appendedAtMs, key, value }: LogRecord): ShownRecord {
  return { partition, offset, appendedAtMs, key, value: shownValue(value) };
}

function shownValue(value: Buffer | null): unknown {
  if (value === null) return null;
  if (!isUtf8(value)) return { base64: value.toString("base64") };
  const text = value.toString("utf8");
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return { text };
  }
}

/** Writes out what could steer a terminal or turn text around, as JSON would; line ends stay. */
export function terminalSafe(text: string): string {
  return text.replace(steering, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const steering = /(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
