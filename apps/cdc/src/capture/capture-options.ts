import type { Clock, Random } from "@footfall/base";
import type { TableName } from "@footfall/changes";
import type { EventLog } from "@footfall/log";
import type { Logger } from "@footfall/runtime";
import type { ClientConfig } from "pg";
import type { CdcMetrics } from "../cdc-metrics.ts";
import type { SlotStatus } from "../postgres/replication-slot.ts";
import type { ProgressFile } from "./capture-progress.ts";

export interface CaptureOptions {
  readonly config: ClientConfig;
  readonly tables: readonly TableName[];
  readonly slot: string;
  readonly publication: string;
  readonly file: ProgressFile;
  readonly log: EventLog;
  /** Of a table's topic, where it is made here. */
  readonly partitions: number;
  readonly chunkRows: number;
  readonly queueBytesMax: number;
  readonly confirmIntervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: CdcMetrics;
  readonly onStreaming: () => void;
  readonly onSlot: (status: SlotStatus | undefined) => void;
  /** An append to the log failed, and is tried again. */
  readonly onRetry: (error: unknown) => void;
}

/** What a process knows past the end of a connection. */
export interface CaptureMemory {
  /** Of the last commit that the topics have whole: what the server repeats up to it is not written again. */
  appendedLsn: bigint;
  /** The operator's word, until it was followed. */
  isResnapshot: boolean;
}
