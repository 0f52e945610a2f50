import { AppError } from "@footfall/base";
import type { TableName } from "@footfall/changes";
import type { Logger } from "@footfall/runtime";
import type { Client } from "pg";
import { type CapturedTable, readCapturedTables } from "../postgres/captured-table.ts";
import { formatLsn } from "../postgres/lsn.ts";
import { ensurePublication } from "../postgres/publication.ts";
import { createSlot, dropSlot, readSlot, readSystem, type SlotStatus } from "../postgres/replication-slot.ts";
import type { CaptureProgress, ProgressFile, TableProgress } from "./capture-progress.ts";

export interface SourceOptions {
  readonly client: Client;
  readonly tables: readonly TableName[];
  readonly slot: string;
  readonly publication: string;
  readonly file: ProgressFile;
  /** The operator's word: whatever was lost, all tables are copied anew. */
  readonly isResnapshot: boolean;
  readonly logger: Logger;
}

export interface PreparedSource {
  readonly tables: readonly CapturedTable[];
  readonly database: string;
  /** Written already; the capture goes on writing it. */
  readonly progress: CaptureProgress;
}

const advice = "start once with --resnapshot to copy all tables anew";

/**
 * Makes what is not there yet, in the order that loses nothing: publication, slot, progress.
 * @throws AppError CDC_SLOT_LOST, CDC_TABLE_REFUSED, CDC_PROGRESS_CORRUPT, and errors of the database
 */
export async function prepareSource(options: SourceOptions): Promise<PreparedSource> {
  const { client, slot, publication, file, isResnapshot } = options;
  const system = await readSystem(client);
  const old = isResnapshot ? undefined : await file.read();
  const found = await readSlot(client, slot);
  refuseForeignSlot(slot, found, system.database);
  if (old !== undefined) refuseGap(slot, old, found, system);
  const tables = await readCapturedTables(client, options.tables);
  const added = await ensurePublication(client, publication, tables);
  const startLsn = old === undefined ? await openSlot(options, found) : BigInt(old.confirmedLsn);
  const isAdded = new Set(added);
  const progress: CaptureProgress = {
    version: 1,
    systemId: system.id,
    database: system.database,
    confirmedLsn: `${startLsn}`,
    tables: Object.fromEntries(
      tables.map((table) => [table.name, tableProgress(table, old?.tables[table.name], options, isAdded.has(table))]),
    ),
  };
  await file.write(progress);
  return { tables, database: system.database, progress };
}

/** @throws AppError CDC_SLOT_LOST */
function refuseForeignSlot(name: string, slot: SlotStatus | undefined, database: string): void {
  if (slot === undefined || (slot.plugin === "pgoutput" && slot.database === database)) return;
  throw new AppError(
    "CDC_SLOT_LOST",
    `Slot ${name} is of ${slot.plugin} and database ${slot.database}; name another one by FOOTFALL_CDC_SLOT.`,
  );
}

/** @throws AppError CDC_SLOT_LOST  changes after what was captured are gone, or may be */
function refuseGap(
  name: string,
  old: CaptureProgress,
  slot: SlotStatus | undefined,
  system: { readonly id: string; readonly database: string },
): void {
  const fail = (what: string): never => {
    throw new AppError("CDC_SLOT_LOST", `${what}. Changes may be missing: ${advice}.`, { context: { slot: name } });
  };
  if (old.systemId !== system.id || old.database !== system.database) {
    fail(`This is another database than the one that was captured until now (${old.database})`);
  }
  if (slot === undefined) return fail(`Slot ${name} is gone`);
  if (slot.isLost) fail(`The server has deleted what slot ${name} needed (wal_status lost)`);
  const confirmed = BigInt(old.confirmedLsn);
  if (slot.confirmedLsn === undefined || slot.confirmedLsn > confirmed) {
    const place = slot.confirmedLsn === undefined ? "nowhere" : formatLsn(slot.confirmedLsn);
    fail(
      `Slot ${name} goes on at ${place}, the capture had come to ${formatLsn(confirmed)}: it was moved or made anew`,
    );
  }
}

async function openSlot(
  { client, slot: name, isResnapshot, logger }: SourceOptions,
  found: SlotStatus | undefined,
): Promise<bigint> {
  if (found !== undefined && isResnapshot) {
    await dropSlot(client, name);
    logger.warn({ slot: name }, "dropped the slot, all tables are copied anew");
  } else if (found?.confirmedLsn !== undefined) return found.confirmedLsn;
  return createSlot(client, name);
}

function tableProgress(
  { oid, name, primaryKey }: CapturedTable,
  old: TableProgress | undefined,
  { isResnapshot, logger }: SourceOptions,
  isAdded: boolean,
): TableProgress {
  const isSame = old !== undefined && old.oid === oid && !isAdded;
  const isSameKey = old?.primaryKey.join("\0") === primaryKey.join("\0");
  if (isSame && (old.state === "done" || isSameKey)) return { ...old, primaryKey: [...primaryKey] };
  if (old !== undefined) logger.warn({ table: name }, "the table was made anew or not published; it is copied anew");
  const isReset = isResnapshot || old !== undefined;
  return { oid, state: "copying", isReset, primaryKey: [...primaryKey], rows: 0 };
}
