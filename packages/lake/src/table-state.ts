import type { CommitEntry } from "./commit-entry.ts";
import type { DataFile, LakeCommit, LakeSnapshot, LakeVersion, TableSchema } from "./lake.ts";

/** What a table holds after some version. Grows by applying entries in order. */
export class TableState {
  version = -1;
  tableId = "";
  createdAtMs = 0;
  committedAtMs = 0;
  schema: TableSchema;
  readonly files = new Map<string, DataFile>();
  readonly progress = new Map<string, bigint>();
  #snapshot: LakeSnapshot | undefined;

  constructor(name: string) {
    this.schema = { name, columns: [], partitionColumns: [] };
  }

  apply(entry: CommitEntry, version: number): void {
    for (const path of entry.remove) this.files.delete(path);
    for (const { file } of entry.add) this.files.set(file.path, file);
    for (const [appId, offset] of entry.progress) this.progress.set(appId, offset);
    if (entry.schema !== undefined) this.schema = { ...entry.schema, name: this.schema.name };
    if (entry.tableId !== undefined) this.tableId = entry.tableId;
    if (entry.createdAtMs !== undefined) this.createdAtMs = entry.createdAtMs;
    if (entry.committedAtMs !== undefined) this.committedAtMs = entry.committedAtMs;
    this.version = version;
    this.#snapshot = undefined;
  }

  /** An immutable view; the same object until the next entry. */
  snapshot(): LakeSnapshot {
    this.#snapshot ??= {
      table: this.schema.name,
      version: this.version as LakeVersion,
      schema: this.schema,
      files: [...this.files.values()],
      progress: new Map(this.progress),
      committedAtMs: this.committedAtMs,
    };
    return this.#snapshot;
  }

  /** Whether every file that the commit adds is here already: the commit was made and only its answer was lost. */
  hasCommitted(commit: LakeCommit): boolean {
    return commit.add.length > 0 && commit.add.every((file) => this.files.has(file.path));
  }

  /** The first application id whose progress is not what the writer believes, if any. */
  unexpectedProgress(commit: LakeCommit): string | undefined {
    for (const [appId, expected] of commit.expectedProgress ?? []) {
      if (this.progress.get(appId) !== expected) return appId;
    }
    return undefined;
  }

  /** The first file to remove that is not in the table (any more), if any. */
  goneFile(commit: LakeCommit): string | undefined {
    return commit.remove?.find((file) => !this.files.has(file.path))?.path;
  }
}
