import type { CommitEntry } from "./commit-entry.ts";
import { tooNew } from "./lake-failure.ts";
import { ownProtocol, type TableProtocol, unreadable, unwritable } from "./table-features.ts";
import type { TableMetadata } from "./table-metadata.ts";
import type { DataFile, LakeCommit, LakeSnapshot, LakeVersion, TableSchema } from "./lake.ts";

/** What a table holds after some version. Grows by applying entries in order. */
export class TableState {
  version = -1;
  committedAtMs = 0;
  metadata: TableMetadata;
  protocol: TableProtocol = ownProtocol;
  readonly files = new Map<string, DataFile>();
  readonly progress = new Map<string, bigint>();
  #snapshot: LakeSnapshot | undefined;

  constructor(name: string) {
    const schema = { name, columns: [], partitionColumns: [] };
    this.metadata = { tableId: "", createdAtMs: 0, schema, configuration: {}, fields: new Map() };
  }

  get schema(): TableSchema {
    return this.metadata.schema;
  }

  apply(entry: CommitEntry, version: number): void {
    for (const path of entry.remove) this.files.delete(path);
    for (const { file } of entry.add) this.files.set(file.path, file);
    for (const [appId, offset] of entry.progress) this.progress.set(appId, offset);
    if (entry.metadata !== undefined) {
      const schema = { ...entry.metadata.schema, name: this.schema.name };
      this.metadata = {
        ...entry.metadata,
        schema,
        createdAtMs: entry.metadata.createdAtMs ?? this.metadata.createdAtMs,
      };
    }
    if (entry.protocol !== undefined) this.protocol = entry.protocol;
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

  /** @throws AppError LAKE_TOO_NEW */
  assertReadable(): void {
    const what = unreadable(this.protocol, this.metadata);
    if (what !== undefined) throw tooNew(what, this.schema.name);
  }

  /** @throws AppError LAKE_TOO_NEW */
  assertWritable(commit?: LakeCommit): void {
    const removesRows = commit?.changesData !== false && (commit?.remove?.length ?? 0) > 0;
    const what = unwritable(this.protocol, this.metadata, { removesRows });
    if (what !== undefined) throw tooNew(what, this.schema.name);
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
