import { topics } from "@footfall/events";
import type { EventLog, LogRecord } from "@footfall/log";

/** A record of `clicks.rejected`. The append time tells it from one of a topic that was deleted and made again. */
export interface DeadLetterPlace {
  readonly partition: number;
  readonly offset: bigint;
  readonly appendedAtMs: number;
}

/** Which dead letters the collector has taken since, kept in topic `clicks.redriven`. */
export interface RedriveMarks {
  has(place: DeadLetterPlace): boolean;
  /** Resolves when the log holds them durably. */
  add(places: readonly DeadLetterPlace[]): Promise<void>;
}

/** What a record of `clicks.redriven` holds, as JSON: an entry is partition, offset and append time. */
type Marks = readonly (readonly [number, string, number])[];

/**
 * Reads what earlier redrives got taken. Nothing else is remembered: a dead letter without a mark is still to be
 * mended, and a redrive that dies between an answer and its mark sends a few events again, which their ids make
 * harmless.
 */
export async function readRedriveMarks(log: EventLog): Promise<RedriveMarks> {
  const marked = new Set<string>();
  if (await hasTopic(log, topics.redriven)) {
    for (const [partition, { startOffset, endOffset }] of (await log.offsets(topics.redriven)).entries()) {
      for await (const { records } of log.read({ topic: topics.redriven, partition, startOffset, endOffset })) {
        for (const record of records)
          for (const [of, offset, at] of marksOf(record)) marked.add(`${of}/${offset}/${at}`);
      }
    }
  }
  return {
    has: ({ partition, offset, appendedAtMs }) => marked.has(`${partition}/${offset}/${appendedAtMs}`),
    async add(places) {
      if (places.length === 0) return;
      await createMarksTopic(log);
      const marks: Marks = places.map(({ partition, offset, appendedAtMs }) => [
        partition,
        String(offset),
        appendedAtMs,
      ]);
      await log.append(topics.redriven, [{ key: null, value: Buffer.from(JSON.stringify(marks)) }]);
      for (const mark of marks) marked.add(mark.join("/"));
    },
  };
}

export async function hasTopic(log: EventLog, name: string): Promise<boolean> {
  return (await log.topics()).some((topic) => topic.name === name);
}

/** Marks are younger than their dead letters, so the same retention keeps them long enough. */
async function createMarksTopic(log: EventLog): Promise<void> {
  const rejected = (await log.topics()).find((topic) => topic.name === topics.rejected);
  const { retentionMs } = rejected ?? {};
  await log.createTopic({ name: topics.redriven, partitions: 1, ...(retentionMs !== undefined && { retentionMs }) });
}

/** A record that is none of ours marks nothing. */
function marksOf(record: LogRecord): Marks {
  try {
    const marks: unknown = JSON.parse(record.value?.toString("utf8") ?? "");
    return Array.isArray(marks) ? (marks.filter((mark) => Array.isArray(mark)) as unknown as Marks) : [];
  } catch {
    return [];
  }
}
