import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@footfall/base";
import type { RejectedEvent } from "@footfall/events";
import type { ClickLogFormatName } from "@footfall/events/formats";
import type { Lake } from "@footfall/lake";
import { openAggregationLake } from "../aggregation-lake.ts";
import { catchUp } from "../derive/catch-up.ts";
import { addEvents } from "./add-events.ts";
import { openClickLog } from "./open-click-log.ts";
import { requireAll } from "./read-rows.ts";
import { readValidRows } from "./read-valid-rows.ts";
import { RowJudge } from "./row-judge.ts";

export interface ImportOptions {
  readonly lake: Lake;
  readonly clock: Clock;
  readonly format: ClickLogFormatName;
  readonly file: string;
  readonly tenant: string;
  /** Takes rejected rows, so that they can be mended and replayed. */
  readonly reject: (rejected: readonly RejectedEvent[]) => Promise<void>;
  /** How much event times may be out of order; windows closer to now than this stay open. Default 10,000. */
  readonly outOfOrderMs?: number;
  readonly onStage?: (stage: ImportStage) => void;
}

export type ImportStage = "reading" | "writing events" | "committing" | "deriving windows and sessions" | "done";

/** read = accepted + duplicateInFile + duplicateInLake + rejected, each of them counted. */
export interface ImportAccount {
  /** Rows of the file: lines that are not blank, without the header. */
  readonly read: number;
  readonly accepted: number;
  /** Rows that stand in the file before, and events that the lake held already; `duplicate` is both. */
  readonly duplicate: number;
  readonly duplicateInFile: number;
  readonly duplicateInLake: number;
  readonly rejected: number;
  /** Rejected rows by code and field. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/**
 * Puts a click log straight into the lake: `events`, then what is derived from it. The same rules and codes as over
 * HTTP apply; rows that the file or the lake already holds are duplicates, so an import may be repeated, also after a
 * crash.
 * @throws AppError INPUT_FILE_MISSING, INPUT_FORMAT_INVALID, LAKE_UNAVAILABLE; INTERNAL where the account does not
 *   add up
 */
export async function importClickLog(options: ImportOptions): Promise<ImportAccount> {
  const startMs = performance.now();
  const { lake, clock, tenant, onStage = () => {} } = options;
  const file = await openClickLog(options.file, options.format);
  const tables = await openAggregationLake(lake);
  await mkdir(lake.stagingFolder, { recursive: true });
  const stagingPath = join(lake.stagingFolder, randomUUID());
  const acceptedPath = `${stagingPath}.ndjson`;
  const stagedPath = `${stagingPath}.rows`;
  const nowMs = clock();
  const judge = new RowJudge({ format: file.layout.format, tenant, nowMs, acceptedPath, reject: options.reject });
  try {
    onStage("reading");
    const rows = await readValidRows(file, judge, { tenant, nowMs, acceptedPath, stagedPath });
    onStage("writing events");
    const { accepted, duplicateInFile, duplicateInLake } = await addEvents(tables, rows, () => onStage("committing"));
    onStage("deriving windows and sessions");
    await catchUp(tables, Math.min(nowMs, clock()) - (options.outOfOrderMs ?? 10_000));
    onStage("done");
    const { rejected, reasons } = judge.account;
    const duplicate = duplicateInFile + duplicateInLake;
    requireAll(file.path, rows.read, accepted + duplicate + rejected);
    const seconds = (performance.now() - startMs) / 1000;
    return { read: rows.read, accepted, duplicate, duplicateInFile, duplicateInLake, rejected, reasons, seconds };
  } finally {
    await judge.close();
    for (const path of [acceptedPath, stagedPath]) await rm(path, { force: true });
  }
}
