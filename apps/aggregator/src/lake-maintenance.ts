import { type Clock, errorCodeOf } from "@footfall/base";
import { compact, expireLog, type Lake, logRetentionDefaultMs, vacuum } from "@footfall/lake";
import { Counter, errorCounter, type Logger, type Registry, type Service } from "@footfall/runtime";
import { openAggregationLake } from "./aggregation-lake.ts";
import { deriveLedger } from "./ledger/derive-ledger.ts";
import { createLedgerMetrics } from "./ledger/ledger-metrics.ts";

export interface LakeMaintenanceOptions {
  readonly lake: Lake;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Time between the end of one round and the next. Default 600,000; 0 does no maintenance. */
  readonly intervalMs?: number;
  /** Smaller files of a partition are merged into files of about this size. Default 128 MiB. */
  readonly targetBytes?: number;
  /** Files younger than this are left alone, for more are on their way. Default 60,000. */
  readonly settledMs?: number;
  /** Replaced files stay readable for this long. Default one day. */
  readonly graceMs?: number;
  /** Versions this young can be read; older commit entries are deleted. Default 30 days. */
  readonly logRetentionMs?: number;
  /** `<storage>/models`, for the latency from an event to the model that has learnt from it. */
  readonly modelsFolder?: string;
}

/**
 * Keeps the number of files down: a commit a second leaves thousands of small ones a day. Each round merges the small
 * files of every table, deletes those that were replaced long ago and expires old commit entries, then brings the loss
 * ledger up to date. A failed round is logged and counted; the lake is none the worse for it.
 */
export function createLakeMaintenance(options: LakeMaintenanceOptions): Service {
  const { lake, clock, logger, registry } = options;
  const { intervalMs = 600_000, targetBytes = 134_217_728, settledMs = 60_000, graceMs = 86_400_000 } = options;
  const countError = errorCounter(registry);
  const files = new Counter({
    name: "footfall_aggregator_maintained_files_total",
    help: "Files by table and fate: merged into larger ones, deleted after the grace time, or expired commit entries.",
    labelNames: ["table", "fate"],
    registers: [registry],
  });
  const ledgerMetrics = createLedgerMetrics(registry);
  let isStopping = false;
  let timer: NodeJS.Timeout | undefined;
  let round = Promise.resolve();

  async function maintain(name: string): Promise<void> {
    const table = await lake.existingTable(name);
    const merged = await compact(lake, table, { targetBytes, addedBeforeMs: clock() - settledMs });
    files.inc({ table: name, fate: "merged" }, merged.filesBefore);
    const deleted = await vacuum(table, { graceMs, clock });
    files.inc({ table: name, fate: "deleted" }, deleted.filesRemoved);
    const expired = await expireLog(lake, table, {
      retentionMs: options.logRetentionMs ?? logRetentionDefaultMs,
      clock,
    });
    files.inc({ table: name, fate: "expired" }, expired.entriesRemoved);
  }

  async function measureLoss(): Promise<void> {
    const tables = await openAggregationLake(lake);
    try {
      await deriveLedger({ tables, nowMs: clock(), modelsFolder: options.modelsFolder });
    } catch (error) {
      // Another aggregator keeps it, too: one of them was first.
      if (errorCodeOf(error) !== "LAKE_WRITER_FENCED") throw error;
    }
    await ledgerMetrics.show(lake);
  }

  async function runRound(): Promise<void> {
    const names = await lake.tableNames();
    for (const name of names) if (!isStopping) await maintain(name);
    if (names.includes("events") && !isStopping) await measureLoss();
  }

  function schedule(): void {
    if (isStopping || intervalMs === 0) return;
    timer = setTimeout(() => {
      round = runRound()
        .catch((error: unknown) => {
          countError("aggregator", errorCodeOf(error));
          logger.warn({ error }, "lake maintenance failed; the next round tries again");
        })
        .then(schedule);
    }, intervalMs);
  }

  schedule();
  return {
    name: "lake maintenance",
    health: () => [],
    async stop() {
      isStopping = true;
      clearTimeout(timer);
      await round;
    },
  };
}
