import { AppError } from "@footfall/base";
import type { AppendRecord, EventLog, LogRecord, RecordPlace } from "@footfall/log";
import type { SpoolTarget } from "@footfall/log/spool";
import { readAll, textOf } from "@footfall/testkit";

/**
 * What the target does with a call: takes it; refuses it; does not answer, until it is told to take what hangs; takes
 * it without ever answering.
 */
export type TargetMode = "take" | "fail" | "hang" | "takeSilently";

export interface ToldTarget extends SpoolTarget {
  mode: TargetMode;
  /** Refused with LOG_RECORD_TOO_LARGE when longer, in every mode but `hang`. */
  valueBytesMax: number;
  readonly calls: () => number;
  /** Takes the calls that hang, in their order, and answers them. */
  answerHanging(): Promise<void>;
  /** Distinct values of a topic by key, each where it was first seen; the order of keys is no matter. */
  firstSeen(topic: string): Promise<Map<string, string[]>>;
}

export function unavailable(message = "the broker is away"): AppError {
  return new AppError("LOG_UNAVAILABLE", message, { retriable: true });
}

/** A target over a real log that fails as it is told. */
export function toldTarget(log: EventLog): ToldTarget {
  let hanging: (() => Promise<void>)[] = [];
  let calls = 0;
  async function call<T>(work: () => Promise<T>): Promise<T> {
    calls++;
    if (target.mode === "fail") throw unavailable();
    if (target.mode === "hang") {
      return new Promise<T>((resolve, reject) => hanging.push(() => work().then(resolve, reject)));
    }
    const result = await work();
    return target.mode === "takeSilently" ? new Promise<T>(() => {}) : result;
  }
  function append(topic: string, records: readonly AppendRecord[]): Promise<readonly RecordPlace[]> {
    return call(() => {
      if (records.every(({ value }) => (value?.length ?? 0) <= target.valueBytesMax)) return log.append(topic, records);
      return Promise.reject(new AppError("LOG_RECORD_TOO_LARGE", "too large for the broker"));
    });
  }
  const target: ToldTarget = {
    mode: "take",
    valueBytesMax: Infinity,
    calls: () => calls,
    createTopic: (spec) => call(() => log.createTopic(spec)),
    append,
    async answerHanging() {
      const answered = hanging;
      hanging = [];
      await Promise.all(answered.map((answer) => answer().catch(() => {})));
    },
    async firstSeen(topic) {
      const partitions = (await log.offsets(topic)).length;
      const seen = new Map<string, Set<string>>();
      for (let partition = 0; partition < partitions; partition++) {
        for (const record of await readAll(log, topic, partition)) noteFirst(seen, record);
      }
      return new Map([...seen].map(([key, values]) => [key, [...values]]));
    },
  };
  return target;
}

function noteFirst(seen: Map<string, Set<string>>, record: LogRecord): void {
  const { key } = record;
  const values = seen.get(key ?? "") ?? new Set<string>();
  seen.set(key ?? "", values.add(textOf(record)));
}
