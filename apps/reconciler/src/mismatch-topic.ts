import type { Clock } from "@footfall/base";
import { cutText, type Mismatch, type MismatchRecord, type Verdict } from "@footfall/comparison";
import type { EventLog } from "@footfall/log";

/** Characters of a document in a mismatch. */
const documentCharactersMax = 16_384;
const batchMax = 200;
const partitions = 4;

/** Takes mismatches and appends them to a topic, a batch at a time. */
export interface MismatchTopic {
  add(mismatch: Mismatch): void;
  /** Appends what waits; to be awaited before more is added without bound. @throws AppError LOG_UNAVAILABLE */
  flush(): Promise<void>;
  /**
   * Appends what still waits, then the run itself: what it compared, its verdict, and counts by what they count.
   * @throws as `flush`
   */
  end(verdict: Verdict, figures: RunFigures): Promise<void>;
  readonly written: number;
}

export type RunFigures = Readonly<Record<string, number>>;

export interface ComparisonRun {
  readonly runId: string;
  readonly left: string;
  readonly right: string;
  readonly startedAtMs: number;
  readonly clock: Clock;
}

/**
 * A topic of mismatches, made where there is none. A value is JSON: runId, outcome, key, eventType, reason, left and
 * right (place, timeMs, copies, document), differences, differenceCount. Long documents are cut and say so.
 * The last record of a run has its report instead: `{ runId, report }`; without one a run did not come to its end.
 */
export async function openMismatchTopic(log: EventLog, topic: string, run: ComparisonRun): Promise<MismatchTopic> {
  const { runId, clock, ...about } = run;
  await log.createTopic({ name: topic, partitions });
  let waiting: Mismatch[] = [];
  let written = 0;
  const append = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    for (let start = 0; start < batch.length; start += batchMax) {
      const records = batch.slice(start, start + batchMax).map((mismatch) => toRecord(mismatch, runId));
      await log.append(topic, records);
      written += records.length;
    }
  };
  return {
    add: (mismatch) => void waiting.push(mismatch),
    async flush() {
      if (waiting.length >= batchMax) await append();
    },
    async end({ verdict, exitCode, reasons, bounds }, figures) {
      await append();
      const report = { ...about, endedAtMs: clock(), verdict, exitCode, reasons, bounds, mismatches: written, figures };
      const value = { runId, report };
      await log.append(topic, [{ key: runId, value: Buffer.from(JSON.stringify(value)) }]);
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
