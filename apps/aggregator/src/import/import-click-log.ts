import { randomUUID } from "node:crypto";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError, type Clock, errorCodeOf } from "@footfall/base";
import type { RejectedEvent } from "@footfall/events";
import { type ClickLogFormatName, clickLogFormats, clickLogLayout } from "@footfall/events/formats";
import type { DataFile, Lake, LakeSnapshot } from "@footfall/lake";
import { importsId } from "../events/aggregation.ts";
import { type AggregationLake, dateOf, filesSql, openAggregationLake } from "../aggregation-lake.ts";
import { catchUp } from "../derive/catch-up.ts";
import { eventRowsSql } from "../events/events-sql.ts";
import {
  type ClickLogSource,
  clickLogRowsSql,
  identifiedRowsSql,
  isPlainSql,
  plainEventRowsSql,
  timedRowsSql,
} from "./click-log-sql.ts";
import { judgeJsonLines, judgeOddRows, type OddRowsOptions } from "./odd-rows.ts";

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

/** read = accepted + duplicate + rejected. */
export interface ImportAccount {
  readonly read: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly rejected: number;
  /** Rejected rows by code and field. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** How often the commit is tried again when the aggregator commits in between. */
const attemptsMax = 100;

/**
 * Puts a click log straight into the lake: `events`, then what is derived from it. The same rules and codes as over
 * HTTP apply; rows that the file or the lake already holds are duplicates, so an import may be repeated, also after a
 * crash.
 * @throws AppError INPUT_FILE_MISSING, INPUT_FORMAT_INVALID, LAKE_UNAVAILABLE
 */
export async function importClickLog(options: ImportOptions): Promise<ImportAccount> {
  const startMs = performance.now();
  const { lake, clock, onStage = () => {} } = options;
  const tables = await openAggregationLake(lake);
  await mkdir(lake.stagingFolder, { recursive: true });
  const acceptedPath = join(lake.stagingFolder, `${randomUUID()}.ndjson`);
  const nowMs = clock();
  try {
    onStage("reading");
    const rows = await readRows(options, { acceptedPath, nowMs });
    onStage("writing events");
    const accepted = await addEvents(tables, rows, onStage);
    onStage("deriving windows and sessions");
    await catchUp(tables, Math.min(nowMs, clock()) - (options.outOfOrderMs ?? 10_000));
    onStage("done");
    const { read, rejected, reasons } = rows;
    const seconds = (performance.now() - startMs) / 1000;
    return { read, accepted, duplicate: read - rejected - accepted, rejected, reasons, seconds };
  } finally {
    await rm(acceptedPath, { force: true });
  }
}

interface ReadRows {
  readonly sql: string;
  /** Dates that the rows may lie on. */
  readonly dates: { readonly first: string; readonly last: string } | "any";
  readonly tenant: string;
  readonly read: number;
  readonly rejected: number;
  readonly reasons: Readonly<Record<string, number>>;
}

async function readRows(
  options: ImportOptions,
  { acceptedPath, nowMs }: { readonly acceptedPath: string; readonly nowMs: number },
): Promise<ReadRows> {
  const { file, tenant } = options;
  const firstLine = await readFirstLine(file);
  const format = clickLogFormats[options.format];
  const judging: OddRowsOptions = { tenant, nowMs, acceptedPath, reject: options.reject, onProgress: () => {} };
  const judgedSql = `SELECT DISTINCT ON (event_id) * FROM (${eventRowsSql(acceptedPath)})`;
  if (options.format === "jsonl") {
    const judged = await judgeJsonLines(file, judging);
    return { sql: judged.accepted > 0 ? judgedSql : "", dates: "any", tenant, ...judged };
  }
  const source: ClickLogSource = { format, layout: clickLogLayout(format, firstLine), path: file };
  const judged = await judgeOddRows(source, judging);
  const distinctRows = `SELECT ${judged.hasRepeats ? "DISTINCT" : ""} * FROM (${clickLogRowsSql(source, "skip")})`;
  const plainRows = `SELECT * FROM (${timedRowsSql(source, distinctRows)}) WHERE ${isPlainSql(source, nowMs)}`;
  const plainSql = plainEventRowsSql(source, identifiedRowsSql(source, plainRows, tenant), tenant, nowMs);
  const hasOdd = judged.accepted > 0;
  const sql = hasOdd ? `SELECT * FROM (${plainSql}) UNION ALL BY NAME (${judgedSql})` : plainSql;
  const hasPlain = Number.isFinite(judged.firstMs);
  const dates = hasOdd || !hasPlain ? "any" : { first: dateOf(judged.firstMs), last: dateOf(judged.lastMs) };
  return { sql: hasPlain || hasOdd ? sql : "", dates, tenant, ...judged };
}

/** Writes and commits the events that the lake does not hold. @returns how many there were */
async function addEvents(
  tables: AggregationLake,
  rows: ReadRows,
  onStage: (stage: ImportStage) => void,
): Promise<number> {
  if (rows.sql === "") return 0;
  for (let attempt = 1; ; attempt += 1) {
    const before = await tables.events.snapshot();
    const add = await tables.lake.writeBulk(tables.events, { sql: newEventsSql(tables, rows, before) });
    onStage("committing");
    if (add.length === 0) return 0;
    if (await commitUnlessRepeated(tables, rows.tenant, before, add))
      return add.reduce((sum, file) => sum + file.rows, 0);
    if (attempt >= attemptsMax) throw new AppError("LAKE_COMMIT_CONFLICT", "The same events keep coming in elsewhere.");
  }
}

function newEventsSql(tables: AggregationLake, rows: ReadRows, snapshot: LakeSnapshot): string {
  const { dates } = rows;
  const stored = snapshot.files.filter(
    ({ partition }) =>
      partition["tenant"] === rows.tenant &&
      (dates === "any" || (dates.first <= partition["date"]! && partition["date"]! <= dates.last)),
  );
  if (stored.length === 0) return rows.sql;
  return `WITH stored AS (SELECT event_id FROM (${filesSql(tables.events, snapshot, stored)}))
SELECT * FROM (${rows.sql}) ANTI JOIN stored USING (event_id)`;
}

/**
 * Commits the files, provided that nothing committed since they were written holds one of their events. An id is one
 * within its tenant: what others have committed does not matter.
 * @returns false where that is so, and the files have to be written anew
 */
async function commitUnlessRepeated(
  tables: AggregationLake,
  tenant: string,
  before: LakeSnapshot,
  add: readonly DataFile[],
): Promise<boolean> {
  let known = before;
  for (;;) {
    try {
      await tables.events.commit({
        add,
        progress: new Map([[importsId, (known.progress.get(importsId) ?? 0n) + 1n]]),
        expectedProgress: new Map([...known.progress, [importsId, known.progress.get(importsId)]]),
        operation: "import",
      });
      return true;
    } catch (error) {
      if (errorCodeOf(error) !== "LAKE_WRITER_FENCED") throw error;
    }
    const now = await tables.events.snapshot();
    const paths = new Set(known.files.map((file) => file.path));
    const fresh = now.files.filter((file) => file.partition["tenant"] === tenant && !paths.has(file.path));
    const [repeated] = await tables.lake.query(`
WITH added AS (SELECT event_id FROM (${filesSql(tables.events, now, add)})),
fresh AS (SELECT event_id FROM (${filesSql(tables.events, now, fresh)}))
SELECT 1 AS one FROM fresh SEMI JOIN added USING (event_id) LIMIT 1`);
    if (repeated) return false;
    known = now;
  }
}

async function readFirstLine(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, 0);
      return buffer.toString("utf8", 0, bytesRead).split(/\r?\n/, 1)[0] ?? "";
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new AppError("INPUT_FILE_MISSING", `The file ${path} cannot be read: ${String(cause)}`, { cause });
  }
}
