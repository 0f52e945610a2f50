import { cutText, type Mismatch, type MismatchRecord } from "@footfall/comparison";
import type { EventLog } from "@footfall/log";

/** Characters of a document in a mismatch. */
const documentCharactersMax = 16_384;
const batchMax = 200;
const partitions = 4;

/** Takes mismatches and appends them to a topic, a batch at a time. */
export interface MismatchTopic {
  add(mismatch: Mismatch): void;
  /** Appends what waits; to be awaited before more is added without bound. @throws AppError LOG_UNAVAILABLE */
  flush(isLast: boolean): Promise<void>;
  readonly written: number;
}

/**
 * A topic of mismatches, made where there is none. A value is JSON: runId, outcome, key, eventType, reason, left and
 * right (place, timeMs, copies, document), differences, differenceCount. Long documents are cut and say so.
 */
export async function openMismatchTopic(log: EventLog, topic: string, runId: string): Promise<MismatchTopic> {
  await log.createTopic({ name: topic, partitions });
  let waiting: Mismatch[] = [];
  let written = 0;
  return {
    add: (mismatch) => void waiting.push(mismatch),
    async flush(isLast) {
      if (waiting.length < (isLast ? 1 : batchMax)) return;
      const batch = waiting;
      waiting = [];
      for (let start = 0; start < batch.length; start += batchMax) {
        const records = batch.slice(start, start + batchMax).map((mismatch) => toRecord(mismatch, runId));
        await log.append(topic, records);
        written += records.length;
      }
    },
    get written() {
      return written;
    },
  };
}

function toRecord({ left, right, ...mismatch }: Mismatch, runId: string) {
  const value = {
    runId,
    ...mismatch,
    ...(left && { left: bounded(left) }),
    ...(right && { right: bounded(right) }),
  };
  return { key: mismatch.key ?? null, value: Buffer.from(JSON.stringify(value)) };
}

function bounded({ text, ...record }: MismatchRecord) {
  return { ...record, document: text === null ? null : cutText(text, documentCharactersMax) };
}
