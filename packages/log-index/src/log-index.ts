import type { LogEntry } from "@footfall/service-logs";

/** An entry and its place in the log: topic `logs`, partition and offset. */
export interface IndexedEntry {
  readonly partition: number;
  readonly offset: bigint;
  readonly entry: LogEntry;
}
