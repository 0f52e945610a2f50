import { join } from "node:path";
import {
  AppError,
  type BackOff,
  backOffMs,
  type Clock,
  errorCodeOf,
  InvariantError,
  type Random,
} from "@footfall/base";
import { parseTableNames } from "@footfall/changes";
import type { EventLog } from "@footfall/log";
import { errorCounter, type HealthProblem, type Logger, type Registry, type Service } from "@footfall/runtime";
import { createCdcMetrics } from "./cdc-metrics.ts";
import type { CaptureMemory, CaptureOptions } from "./capture/capture-options.ts";
import { ProgressFile } from "./capture/capture-progress.ts";
import { runSession } from "./capture/open-session.ts";
import { pause } from "./capture/topic-writer.ts";
import { clientConfig } from "./postgres/connect.ts";
import type { SlotStatus } from "./postgres/replication-slot.ts";

export interface CdcOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Holds the progress of each slot. */
  readonly folder: string;
  /** `postgresql://user:password@host:port/database`. */
  readonly url: string;
  /** `schema.table`, with commas between them. */
  readonly tables: string;
  readonly slot: string;
  readonly publication: string;
  /** Partitions of a table's topic, where it is made here. Default 4. */
  readonly partitions?: number;
  /** Rows of a chunk of the first copy. Default 1024. */
  readonly chunkRows?: number;
  /** What may wait between the database and the log, bytes. Default 16 MiB. */
  readonly queueBytesMax?: number;
  /** Time between two confirmations. Default 1000. */
  readonly confirmIntervalMs?: number;
  /** Transaction log that the slot may hold back before operators are told, bytes. Default 10 GiB. */
  readonly retainedBytesMax?: number;
  /** The operator's word: forget what was captured and copy all tables anew. */
  readonly isResnapshot?: boolean;
}

const reconnect: BackOff = { minMs: 200, maxMs: 30_000 };
/** A session of this length was a good one: the next failure is the first again. */
const goodSessionMs = 60_000;

/**
 * Starts the capture: each committed change of the listed tables of a PostgreSQL database into topic
 * `cdc.<schema>.<table>`, after the rows that were there before. Connects, and connects again, by itself.
 * @throws AppError CONFIG_INVALID
 */
export function createCdc(options: CdcOptions): Service {
  const { logger, clock, random, registry, folder, slot } = options;
  const metrics = createCdcMetrics(registry);
  const countError = errorCounter(registry);
  const stopping = new AbortController();
  let problem: HealthProblem | undefined = {
    code: "CDC_SOURCE_UNAVAILABLE",
    message: "The capture is connecting to the database.",
  };
  let status: SlotStatus | undefined;
  const onError = (error: unknown): void => {
    const code = errorCodeOf(error);
    countError("cdc", code);
    problem = { code, message: (error as Error).message };
  };
  const capture: CaptureOptions = {
    ...options,
    config: clientConfig(options.url, "footfall-cdc"),
    tables: parseTableNames("FOOTFALL_CDC_TABLES", options.tables),
    file: new ProgressFile(join(folder, `${slot}.json`)),
    partitions: options.partitions ?? 4,
    chunkRows: options.chunkRows ?? 1_024,
    queueBytesMax: options.queueBytesMax ?? 16 * 1024 * 1024,
    confirmIntervalMs: options.confirmIntervalMs ?? 1_000,
    metrics,
    onStreaming: () => void (problem = undefined),
    onSlot(next) {
      status = next;
      metrics.slot(next);
    },
    onRetry(error) {
      countError("cdc", errorCodeOf(error));
      logger.warn({ error }, "an append to the log is tried again");
    },
  };
  const memory: CaptureMemory = { appendedLsn: 0n, isResnapshot: options.isResnapshot ?? false };
  const running = run();

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted;) {
      const startMs = clock();
      try {
        await runSession(capture, memory, stopping.signal);
      } catch (error) {
        if (stopping.signal.aborted) return;
        // Ends the process, as nobody waits for this yet.
        if (error instanceof InvariantError) throw error;
        onError(error);
        logger.error({ error }, "the capture has ended by an error");
        // What is gone does not come back by itself, and going on would hide it.
        if (error instanceof AppError && error.code === "CDC_SLOT_LOST") return;
        metrics.reconnected();
        failures = clock() - startMs > goodSessionMs ? 0 : failures + 1;
        await pause(backOffMs(failures, reconnect, random), stopping.signal);
      }
    }
  }

  return {
    name: "cdc",
    health: () => (problem === undefined ? [] : [problem]),
    warnings: () => warningsOf(status, slot, options.retainedBytesMax ?? 10 * 1024 ** 3),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function warningsOf(status: SlotStatus | undefined, slot: string, retainedBytesMax: number): readonly HealthProblem[] {
  if (status === undefined || status.retainedBytes <= retainedBytesMax) return [];
  const gibibytes = (status.retainedBytes / 1024 ** 3).toFixed(1);
  return [
    {
      code: "CDC_SLOT_LOST",
      message:
        `Slot ${slot} makes the database keep ${gibibytes} GiB of its log. If the capture does not get on, the disk ` +
        "fills up, or the server gives the slot up (max_slot_wal_keep_size) and all tables must be copied anew.",
    },
  ];
}
