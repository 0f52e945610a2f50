import { AppError } from "@footfall/base";
import type { AppendRecord, EventLog, RecordPlace, TopicSpec } from "@footfall/log";

/** As much of the log port as the collector uses, in memory, with a switch for its failures. */
export interface MemoryLog extends EventLog {
  readonly values: (topic: string) => unknown[];
  readonly keys: (topic: string) => (string | null)[];
  /** Appends fail with this until it is undefined again. */
  failure: AppError | undefined;
  /** Appends wait for it. */
  gate: Promise<void> | undefined;
  appendCalls: number;
  readonly specs: Map<string, TopicSpec>;
}

export function memoryLog(): MemoryLog {
  const records = new Map<string, AppendRecord[]>();
  const notUsed = (): never => {
    throw new Error("the collector does not use this");
  };
  const log: MemoryLog = {
    failure: undefined,
    gate: undefined,
    appendCalls: 0,
    values: (topic) =>
      (records.get(topic) ?? []).map((record) => JSON.parse(Buffer.from(record.value!).toString("utf8")) as unknown),
    keys: (topic) => (records.get(topic) ?? []).map((record) => record.key),
    specs: new Map(),
    async createTopic(spec) {
      const { name } = spec;
      await log.gate;
      if (log.failure) throw log.failure;
      log.specs.set(name, spec);
      if (!records.has(name)) records.set(name, []);
    },
    async append(topic, appended) {
      log.appendCalls++;
      await log.gate;
      if (log.failure) throw log.failure;
      const held = records.get(topic);
      if (!held) throw new AppError("LOG_TOPIC_UNKNOWN", topic);
      return appended.map((record): RecordPlace => ({ partition: 0, offset: BigInt(held.push(record) - 1) }));
    },
    subscribe: notUsed,
    read: notUsed,
    offsets: notUsed,
    offsetsAt: notUsed,
    groupOffsets: notUsed,
    resetOffsets: notUsed,
    topics: notUsed,
    applyRetention: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  return log;
}
