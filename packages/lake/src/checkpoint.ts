import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommitEntry, formatAdd, formatProgress, formatProtocol, parseCommit } from "./commit-entry.ts";
import { quoteText } from "./column-type.ts";
import type { DeltaLog } from "./delta-log.ts";
import type { DuckDbEngine } from "./duckdb-engine.ts";
import type { DurableFiles } from "./durable-file.ts";
import { formatMetadata } from "./table-metadata.ts";
import { quotePath } from "./quote-path.ts";
import type { TableState } from "./table-state.ts";

/** The columns of a checkpoint, one per kind of action, as the Delta protocol lays them down. */
const actionTypes = {
  txn: "STRUCT(appId VARCHAR, version BIGINT, lastUpdated BIGINT)",
  add:
    "STRUCT(path VARCHAR, partitionValues MAP(VARCHAR, VARCHAR), size BIGINT, modificationTime BIGINT, " +
    "dataChange BOOLEAN, stats VARCHAR, tags MAP(VARCHAR, VARCHAR))",
  remove: "STRUCT(path VARCHAR, deletionTimestamp BIGINT, dataChange BOOLEAN)",
  metaData:
    "STRUCT(id VARCHAR, name VARCHAR, description VARCHAR, format STRUCT(provider VARCHAR, options MAP(VARCHAR, VARCHAR)), " +
    "schemaString VARCHAR, partitionColumns VARCHAR[], configuration MAP(VARCHAR, VARCHAR), createdTime BIGINT)",
  protocol:
    "STRUCT(minReaderVersion INTEGER, minWriterVersion INTEGER, readerFeatures VARCHAR[], writerFeatures VARCHAR[])",
} as const;

/**
 * Writes the state as a checkpoint, so that a reader of a long log starts there, and points `_last_checkpoint` at it.
 */
export async function writeCheckpoint(
  state: TableState,
  log: DeltaLog,
  engine: DuckDbEngine,
  files: DurableFiles,
): Promise<void> {
  const lines = [
    formatProtocol(state.protocol),
    formatMetadata(state.metadata),
    ...[...state.progress].map(([appId, offset]) => formatProgress(appId, offset, state.committedAtMs)),
    ...[...state.files.values()].map((file) => formatAdd(file, state.schema, false, state.committedAtMs)),
  ];
  // DuckDB sizes its buffers by this bound: no larger than needed.
  const objectBytesMax = lines.reduce((most, line) => Math.max(most, line.length * 4), 1_048_576);
  const path = log.checkpointPath(state.version);
  const stagingPath = files.temporaryName(path);
  const columns = Object.entries(actionTypes).map(([name, type]) => `${name}: ${quoteText(type)}`);
  try {
    await writeFile(stagingPath, `${lines.join("\n")}\n`);
    await files.writeFile(path, (temporaryPath) =>
      engine.run(
        `COPY (SELECT * FROM read_json(${quotePath(stagingPath)}, format = 'newline_delimited', ` +
          `maximum_object_size = ${objectBytesMax}, columns = {${columns.join(", ")}})) ` +
          `TO ${quoteText(temporaryPath)} (FORMAT parquet, COMPRESSION snappy)`,
      ),
    );
    await files.writeFile(join(log.folder, "_last_checkpoint"), (temporaryPath) =>
      writeFile(temporaryPath, JSON.stringify({ version: state.version, size: lines.length })),
    );
    await files.syncFolders([path]);
  } finally {
    await rm(stagingPath, { force: true });
  }
}

/**
 * Reads a checkpoint back as one entry.
 * @throws AppError LAKE_FILE_MISSING, LAKE_FILE_CORRUPT, LAKE_COMMIT_CORRUPT, LAKE_TOO_NEW
 */
export async function readCheckpoint(path: string, engine: DuckDbEngine): Promise<CommitEntry> {
  const columns = Object.keys(actionTypes).filter((name) => name !== "remove");
  const lines = columns.map((name) => `WHEN ${name} IS NOT NULL THEN to_json({${quoteText(name)}: ${name}})::VARCHAR`);
  const sql = `SELECT CASE ${lines.join(" ")} END AS line FROM read_parquet(${quotePath(path)})`;
  const text = await engine.withConnection(sql, async (connection) => {
    const reader = await connection.runAndReadAll(sql);
    return (
      reader
        .getColumns()[0]
        ?.filter((line) => typeof line === "string")
        .join("\n") ?? ""
    );
  });
  return parseCommit(`${text}\n`, path);
}
