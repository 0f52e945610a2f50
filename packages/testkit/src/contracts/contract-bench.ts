import { Buffer } from "node:buffer";
import type { AppendRecord, EventLog, LogBatch, LogRecord, SubscribeOptions, Subscription } from "@footfall/log";

/** A log under test. */
export interface OpenedLog {
  readonly log: EventLog;
  /** Closes `log` and opens the same log anew, as after a restart of the process. */
  reopen(): Promise<EventLog>;
  /** Opens the same log once more, as another process would. */
  openMember(): Promise<LogMember>;
  /** Closes whatever is open and deletes what it left behind. */
  close(): Promise<void>;
}

/** Another process's log. */
export interface LogMember {
  readonly log: EventLog;
  /** Stops its signs of life until `thaw`, as when its process is stopped. Absent where that cannot be done. */
  readonly freeze?: () => void;
  readonly thaw?: () => void;
}

/** What the parts of the contract share: the log and the topic of the test that runs. */
export interface ContractBench {
  readonly log: EventLog;
  /** Of four partitions. */
  readonly topic: string;
  readonly opened: OpenedLog;
  /** Of what is drawn by chance. */
  readonly seed: number;
  reopen(): Promise<void>;
  /** Waits for a condition within the contract's deadline. */
  wait<T>(condition: () => T | Promise<T>): Promise<unknown>;
  /** Subscribes to `topic` and gathers what comes. */
  gather(options?: Partial<SubscribeOptions>): Promise<Gathering>;
}

export interface Gathering {
  readonly batches: readonly LogBatch[];
  readonly subscription: Subscription;
  readonly values: () => string[];
}

export function record(key: string | null, value: string): AppendRecord {
  return { key, value: Buffer.from(value) };
}

/** All records of a partition in one array. */
export async function readAll(log: EventLog, topic: string, partition: number, startOffset = 0n): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const batch of log.read({ topic, partition, startOffset })) records.push(...batch.records);
  return records;
}

export function textOf({ value }: LogRecord): string {
  return value === null ? "null" : value.toString("utf8");
}
