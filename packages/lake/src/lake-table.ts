import { randomUUID } from "node:crypto";
import { AppError, type Clock } from "@footfall/base";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { mergeColumns } from "./column-type.ts";
import { corruptCommit, formatCommit, formatSchemaChange } from "./commit-entry.ts";
import { DeltaLog } from "./delta-log.ts";
import type { DuckDbEngine } from "./duckdb-engine.ts";
import type { DurableFiles } from "./durable-file.ts";
import type { DataFile, LakeCommit, LakeSnapshot, LakeTable, LakeVersion, TableSchema } from "./lake.ts";
import { tooNew } from "./lake-failure.ts";
import { TableState } from "./table-state.ts";

/** A checkpoint is written at every version divisible by this. */
export const checkpointInterval = 50;
/** How often a commit is tried on top of other writers' commits before it gives up. */
const commitAttemptsMax = 1000;

export interface TableDependencies {
  readonly clock: Clock;
  readonly engine: DuckDbEngine;
  readonly files: DurableFiles;
  /** Told of a fault that does not stop the work: a checkpoint that could not be written. */
  readonly onWarning: (error: unknown) => void;
}

/** A table by its Delta log. Keeps the newest state it knows, and reads only what was committed since. */
export class DeltaTable implements LakeTable {
  readonly name: string;
  readonly folder: string;
  readonly log: DeltaLog;
  readonly #deps: TableDependencies;
  #head: TableState;
  /** Columns that this program has asked for; undefined where it only opened what is there. */
  #wantedColumns: Set<string> | undefined;
  /** Calls that move the head run one after another. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(name: string, folder: string, deps: TableDependencies) {
    this.name = name;
    this.folder = folder;
    this.log = new DeltaLog(folder, deps.files);
    this.#deps = deps;
    this.#head = new TableState(name);
  }

  get schema(): TableSchema {
    return this.#head.schema;
  }

  get newerColumns(): ReadonlySet<string> {
    const wanted = this.#wantedColumns;
    const added = wanted === undefined ? [] : this.schema.columns.filter(({ name }) => !wanted.has(name));
    return new Set(added.map(({ name }) => name));
  }

  /** Whether the table has a version 0. */
  async exists(): Promise<boolean> {
    return this.#inTurn(async () => {
      await this.#refresh();
      return this.#head.version >= 0;
    });
  }

  /** Creates the table, or adds the columns that are new. @throws AppError LAKE_SCHEMA_CONFLICT, LAKE_TOO_NEW */
  async ensureSchema(wanted: TableSchema): Promise<void> {
    this.#wantedColumns = new Set([...(this.#wantedColumns ?? []), ...wanted.columns.map(({ name }) => name)]);
    await this.#inTurn(async () => {
      for (let attempt = 0; attempt < commitAttemptsMax; attempt += 1) {
        await this.#refresh();
        this.#head.assertWritable();
        const isFirst = this.#head.version < 0;
        const schema = isFirst ? wanted : this.#extendedSchema(wanted);
        if (schema === undefined) return;
        const committedAtMs = this.#deps.clock();
        const first = isFirst ? { tableId: randomUUID(), createdAtMs: committedAtMs } : {};
        const text = formatSchemaChange({ ...this.#head.metadata, ...first, schema }, { committedAtMs, isFirst });
        if (await this.#publish(text, this.#head.version + 1)) return this.#refresh();
      }
      throw this.#conflict("other writers kept changing it");
    });
  }

  async snapshot(version?: LakeVersion): Promise<LakeSnapshot> {
    return this.#inTurn(async () => {
      await this.#refresh();
      return (await this.#stateAt(version)).snapshot();
    });
  }

  async writeCheckpoint(version: LakeVersion, tableFolder: string): Promise<void> {
    await this.#inTurn(async () => {
      await this.#refresh();
      const { engine, files } = this.#deps;
      await writeCheckpoint(await this.#stateAt(version), new DeltaLog(tableFolder, files), engine, files);
    });
  }

  async #stateAt(version: number | undefined): Promise<TableState> {
    if (version === undefined || version === this.#head.version) return this.#head;
    if (version < 0 || version > this.#head.version || !Number.isInteger(version)) throw this.#unknown(version);
    const state = await this.#load(version);
    if (state.version !== version) throw this.#unknown(version);
    state.assertReadable();
    return state;
  }

  async assertWritable(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#refresh();
      this.#head.assertWritable();
    });
  }

  async addedSince(
    since: LakeVersion | undefined,
    until?: LakeVersion,
  ): Promise<{ readonly files: readonly DataFile[]; readonly version: LakeVersion }> {
    return this.#inTurn(async () => {
      await this.#refresh();
      const last = until ?? this.#head.version;
      if (last > this.#head.version) throw this.#unknown(last);
      const files: DataFile[] = [];
      for (let version = (since ?? -1) + 1; version <= last; version += 1) {
        const entry = await this.log.read(version);
        // Its entry has expired: what came since can be told no more closely than by all that there is.
        if (entry === undefined) {
          const whole = last === this.#head.version ? this.#head : await this.#load(last);
          return { files: whole.snapshot().files, version: last as LakeVersion };
        }
        for (const { file, changesData } of entry.add) if (changesData) files.push(file);
      }
      return { files, version: last as LakeVersion };
    });
  }

  async commit(commit: LakeCommit): Promise<LakeVersion> {
    return this.#inTurn(async () => {
      const text = formatCommit(commit, this.#head.schema, this.#deps.clock());
      const prepared = await this.log.prepare(text);
      try {
        for (let attempt = 0; attempt < commitAttemptsMax; attempt += 1) {
          await this.#refresh();
          if (this.#head.hasCommitted(commit)) {
            await this.log.sync();
            return this.#head.version as LakeVersion;
          }
          this.#checkApplies(commit);
          const version = this.#head.version + 1;
          if (!(await prepared.publish(version))) continue;
          await this.#refresh();
          if (version % checkpointInterval === 0) await this.#checkpoint(version);
          return version as LakeVersion;
        }
      } finally {
        await prepared.dispose();
      }
      throw this.#conflict("other writers kept committing first");
    });
  }

  #checkApplies(commit: LakeCommit): void {
    this.#head.assertWritable(commit);
    const appId = this.#head.unexpectedProgress(commit);
    if (appId !== undefined) {
      const stored = this.#head.progress.get(appId);
      throw new AppError(
        "LAKE_WRITER_FENCED",
        `Progress ${appId} of table ${this.name} is ${stored ?? "not stored"}, not ` +
          `${commit.expectedProgress?.get(appId) ?? "absent"}: another writer has taken over. ` +
          "Drop the work and start again from the stored progress.",
        { context: { table: this.name, appId, stored, expected: commit.expectedProgress?.get(appId) } },
      );
    }
    const gone = this.#head.goneFile(commit);
    if (gone !== undefined) throw this.#conflict(`file ${gone} is no longer part of it`);
  }

  #extendedSchema(wanted: TableSchema): TableSchema | undefined {
    const stored = this.#head.schema;
    const names = (schema: TableSchema) => schema.partitionColumns.map(({ name, type }) => `${name}:${type}`).join();
    if (names(stored) !== names(wanted)) {
      throw new AppError(
        "LAKE_SCHEMA_CONFLICT",
        `Table ${this.name} is partitioned by ${names(stored)}, not by ${names(wanted)}. Use a new table instead.`,
        { context: { table: this.name } },
      );
    }
    const columns = mergeColumns(stored.columns, wanted.columns, this.name);
    return columns.length === stored.columns.length ? undefined : { ...stored, columns };
  }

  /**
   * Moves the head over the entries committed since. Entries expire from the oldest on: where the head's own one is
   * gone, so may be the next, and a missing next one does not mean that the head is the newest.
   */
  async #refresh(): Promise<void> {
    if (this.#head.version < 0) this.#head = await this.#load();
    else await this.#replay(this.#head);
    while (this.#head.version >= 0 && !(await this.log.has(this.#head.version))) this.#head = await this.#load();
    this.#head.assertReadable();
  }

  /**
   * The state at a version (default: the newest): from the newest checkpoint that can be read, else from the first
   * entry. Where that has expired and no checkpoint can be read, the table is damaged, not empty.
   */
  async #load(until?: number): Promise<TableState> {
    const hint = until === undefined ? await this.log.lastCheckpoint() : undefined;
    if (hint !== undefined) {
      const state = await this.#loadCheckpoint(hint);
      if (!(state instanceof AppError)) return this.#replay(state);
    }
    const { entries, checkpoints, isForeign } = await this.log.versions();
    let failure: AppError | undefined;
    for (const checkpoint of [...checkpoints].reverse()) {
      if (checkpoint > (until ?? Infinity)) continue;
      const state = await this.#loadCheckpoint(checkpoint);
      if (!(state instanceof AppError)) return this.#replay(state, until);
      failure ??= state;
    }
    const first = entries[0] ?? 0;
    if (first === 0) return this.#replay(new TableState(this.name), until);
    if (isForeign) throw tooNew("checkpoints in several parts or of the second form", this.name);
    throw failure ?? (until === undefined ? this.#withoutStart(first) : this.#unknown(until));
  }

  /** The state at a checkpoint, or why it cannot be read. */
  async #loadCheckpoint(version: number): Promise<TableState | AppError> {
    const state = new TableState(this.name);
    try {
      state.apply(await readCheckpoint(this.log.checkpointPath(version), this.#deps.engine), version);
      const entry = await this.log.read(version);
      state.committedAtMs = entry?.committedAtMs ?? 0;
      return state;
    } catch (error) {
      if (!(error instanceof AppError) || error.retriable) throw error;
      return error;
    }
  }

  #withoutStart(first: number): AppError {
    return corruptCommit(this.log.entryPath(first), "the entries before it have expired, and no checkpoint is there");
  }

  async #replay(state: TableState, until = Infinity): Promise<TableState> {
    while (state.version < until) {
      const version = state.version + 1;
      const entry = await this.log.read(version);
      if (entry === undefined) break;
      state.apply(entry, version);
    }
    return state;
  }

  async #publish(text: string, version: number): Promise<boolean> {
    const prepared = await this.log.prepare(text);
    try {
      return await prepared.publish(version);
    } finally {
      await prepared.dispose();
    }
  }

  /** The commit stands whether or not its checkpoint could be written; the next one tries again. */
  async #checkpoint(version: number): Promise<void> {
    if (this.#head.version !== version) return;
    await writeCheckpoint(this.#head, this.log, this.#deps.engine, this.#deps.files).catch(this.#deps.onWarning);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  #conflict(why: string): AppError {
    return new AppError(
      "LAKE_COMMIT_CONFLICT",
      `The commit to table ${this.name} does not apply: ${why}. Read the table again and redo the change.`,
      { retriable: true, context: { table: this.name } },
    );
  }

  #unknown(version: number): AppError {
    return new AppError(
      "LAKE_VERSION_UNKNOWN",
      `Table ${this.name} has no version ${version} (any more); the newest is ${this.#head.version}.`,
      { context: { table: this.name, version } },
    );
  }
}
