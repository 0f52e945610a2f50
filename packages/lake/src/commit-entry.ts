import { AppError } from "@footfall/base";
import type { DataFile, LakeCommit, PartitionValues, TableSchema } from "./lake.ts";
import { tooNew } from "./lake-failure.ts";
import { ownProtocol, type TableProtocol } from "./table-features.ts";
import { formatMetadata, parseMetadata, type RawMetadata, type TableMetadata } from "./table-metadata.ts";

/** The actions of one commit, in our own terms. */
export interface CommitEntry {
  readonly add: readonly AddedFile[];
  /** Paths of files that left the table. */
  readonly remove: readonly string[];
  readonly progress: ReadonlyMap<string, bigint>;
  readonly metadata?: TableMetadata;
  readonly protocol?: TableProtocol;
  readonly committedAtMs?: number;
  readonly operation?: string;
}

export interface AddedFile {
  readonly file: DataFile;
  readonly changesData: boolean;
}

/** Formats the entry of a commit: one JSON action a line. */
export function formatCommit(commit: LakeCommit, schema: TableSchema, committedAtMs: number): string {
  const changesData = commit.changesData ?? true;
  const lines = [formatInfo(commit.operation, committedAtMs)];
  for (const [appId, version] of commit.progress ?? []) lines.push(formatProgress(appId, version, committedAtMs));
  for (const file of commit.remove ?? []) {
    lines.push(
      JSON.stringify({
        remove: {
          path: encodePath(file.path),
          deletionTimestamp: committedAtMs,
          dataChange: changesData,
          extendedFileMetadata: true,
          partitionValues: file.partition,
          size: file.bytes,
        },
      }),
    );
  }
  for (const file of commit.add) lines.push(formatAdd(file, schema, changesData, committedAtMs));
  return `${lines.join("\n")}\n`;
}

/** Formats an entry that creates the table or adds columns. */
export function formatSchemaChange(
  metadata: TableMetadata,
  change: { readonly committedAtMs: number; readonly isFirst: boolean },
): string {
  const lines = [formatInfo(change.isFirst ? "create" : "add columns", change.committedAtMs)];
  if (change.isFirst) lines.push(formatProtocol(ownProtocol));
  lines.push(formatMetadata(metadata));
  return `${lines.join("\n")}\n`;
}

function formatInfo(operation: string, timestamp: number): string {
  return JSON.stringify({ commitInfo: { timestamp, operation, engineInfo: "footfall" } });
}

export function formatProtocol(protocol: TableProtocol): string {
  return JSON.stringify({ protocol });
}

/** Offsets are 64 bit: they are written as number literals, which `JSON.stringify` cannot do for a bigint. */
export function formatProgress(appId: string, version: bigint, lastUpdated: number): string {
  return `{"txn":{"appId":${JSON.stringify(appId)},"version":${version},"lastUpdated":${lastUpdated}}}`;
}

export function formatAdd(file: DataFile, schema: TableSchema, dataChange: boolean, modificationTime: number): string {
  return JSON.stringify({
    add: {
      path: encodePath(file.path),
      partitionValues: file.partition,
      size: file.bytes,
      modificationTime: file.addedAtMs ?? modificationTime,
      dataChange,
      stats: JSON.stringify({
        numRecords: file.rows,
        minValues: statisticsToJson(file.min, schema),
        maxValues: statisticsToJson(file.max, schema),
        nullCount: file.nulls ?? {},
      }),
      ...(file.columns === undefined ? {} : { tags: { columns: String(file.columns) } }),
    },
  });
}

/**
 * Reads an entry, or the actions of a checkpoint.
 * @throws AppError LAKE_COMMIT_CORRUPT  naming the file and the line; LAKE_TOO_NEW
 */
export function parseCommit(text: string, path: string): CommitEntry {
  const add: AddedFile[] = [];
  const remove: string[] = [];
  const progress = new Map<string, bigint>();
  const entry: { -readonly [Key in keyof CommitEntry]?: CommitEntry[Key] } = {};
  let lineNumber = 0;
  for (const line of text.split("\n")) {
    lineNumber += 1;
    if (line === "") continue;
    try {
      const action = JSON.parse(line) as RawAction;
      if (action.add) add.push({ file: parseAdd(action.add, path), changesData: action.add.dataChange });
      else if (action.remove) remove.push(decodePath(action.remove.path));
      else if (action.txn) progress.set(action.txn.appId, exactVersion(line, action.txn.version));
      else if (action.metaData) entry.metadata = parseMetadata(action.metaData, path);
      else if (action.protocol) entry.protocol = action.protocol;
      else if (action.commitInfo) {
        if (action.commitInfo.timestamp !== undefined) entry.committedAtMs = action.commitInfo.timestamp;
        if (action.commitInfo.operation !== undefined) entry.operation = action.commitInfo.operation;
      }
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      throw corruptCommit(path, `line ${lineNumber}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
    }
  }
  if (lineNumber <= 1) throw corruptCommit(path, "it is empty");
  return { ...entry, add, remove, progress };
}

export function corruptCommit(path: string, detail: string, cause?: unknown): AppError {
  return new AppError(
    "LAKE_COMMIT_CORRUPT",
    `Commit entry ${path} cannot be read (${detail}). Restore it from a backup; later entries build on it.`,
    { context: { path }, cause },
  );
}

interface RawAction {
  add?: {
    path: string;
    partitionValues?: PartitionValues;
    size: number;
    modificationTime?: number;
    dataChange: boolean;
    stats?: string;
    tags?: Record<string, string>;
    deletionVector?: object | null;
  };
  remove?: { path: string };
  txn?: { appId: string; version: number };
  metaData?: RawMetadata;
  protocol?: TableProtocol;
  commitInfo?: { timestamp?: number; operation?: string };
}

interface RawStatistics {
  numRecords?: number;
  minValues?: Record<string, string | number>;
  maxValues?: Record<string, string | number>;
  nullCount?: Record<string, number>;
}

function parseAdd(raw: NonNullable<RawAction["add"]>, path: string): DataFile {
  // Read without it, the file would give back rows that were deleted.
  if (raw.deletionVector) throw tooNew("Delta feature deletionVectors", path);
  const statistics = JSON.parse(raw.stats ?? "{}") as RawStatistics;
  const columns = Number(raw.tags?.["columns"]);
  return {
    path: decodePath(raw.path),
    partition: raw.partitionValues ?? {},
    rows: statistics.numRecords ?? 0,
    bytes: raw.size,
    min: statisticsFromJson(statistics.minValues),
    max: statisticsFromJson(statistics.maxValues),
    nulls: statistics.nullCount ?? {},
    ...(raw.modificationTime === undefined ? {} : { addedAtMs: raw.modificationTime }),
    ...(Number.isInteger(columns) ? { columns } : {}),
  };
}

/** `JSON.parse` rounds above 2^53, so a large version is taken from the text. */
function exactVersion(line: string, parsed: number): bigint {
  if (Number.isSafeInteger(parsed)) return BigInt(parsed);
  const literal = /"version"\s*:\s*(-?\d+)/.exec(line)?.[1];
  if (literal === undefined) throw new Error("the version of a txn is not an integer");
  return BigInt(literal);
}

const instant = /^\d{4,}-\d\d-\d\dT/;

/** Delta states instants as ISO text with milliseconds. */
function statisticsToJson(values: DataFile["min"], schema: TableSchema): Record<string, string | number> {
  const json: Record<string, string | number> = {};
  for (const { name, type } of schema.columns) {
    const value = values?.[name];
    if (value === undefined) continue;
    json[name] = type === "timestamp" && typeof value === "number" ? new Date(value).toISOString() : value;
  }
  return json;
}

function statisticsFromJson(values: RawStatistics["minValues"]): Record<string, string | number> {
  const entries = Object.entries(values ?? {}).map(([name, value]): [string, string | number] => [
    name,
    typeof value === "string" && instant.test(value) ? Date.parse(value) : value,
  ]);
  return Object.fromEntries(entries);
}

/** Paths in the log are URI-encoded on top of the folder's own escapes. */
function encodePath(path: string): string {
  return path
    .split("/")
    .map((segment) => encodeURIComponent(segment).replaceAll("%3D", "="))
    .join("/");
}

function decodePath(path: string): string {
  return decodeURIComponent(path);
}
