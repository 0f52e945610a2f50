import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, errorCodeOf } from "@footfall/base";
import { parseExactJson, type Row } from "@footfall/changes";
import { offsetId } from "@footfall/ingest";
import {
  compact,
  type DataFile,
  expireLog,
  type Lake,
  type LakeSnapshot,
  type LakeTable,
  quotePath,
  relationSql,
  stagedRowsSql,
  vacuum,
  withStagedText,
} from "@footfall/lake";
import { LatestPositions } from "../latest-positions.ts";
import type { PlacedChange } from "../replica.ts";
import { presentSql } from "./present-sql.ts";
import { historySchema, presentSchema } from "./replica-tables.ts";
import type { LakeTableNames } from "./table-names.ts";

/** Under this name `<table>` tells which version of its history it includes. */
const includedId = "history";
/** So many small files of a history are worth a merge. */
const smallFilesMax = 64;
const mergedBytes = 67_108_864;

/** The changes of a batch that are new to a table, and what its commit says and expects. */
export interface NewChanges<T> {
  readonly changes: readonly T[];
  readonly progress: ReadonlyMap<string, bigint>;
  readonly expectedProgress: ReadonlyMap<string, bigint | undefined>;
}

/** The two tables of the lake that hold a captured table. */
export class CapturedTable {
  readonly #lake: Lake;
  readonly #history: LakeTable;
  readonly #present: LakeTable;

  private constructor(lake: Lake, history: LakeTable, present: LakeTable) {
    this.#lake = lake;
    this.#history = history;
    this.#present = present;
  }

  /** Makes the tables where they are not there. */
  static async open(lake: Lake, names: LakeTableNames): Promise<CapturedTable> {
    const history = await lake.table(historySchema(names.history));
    return new CapturedTable(lake, history, await lake.table(presentSchema(names.present)));
  }

  /** What the history does not have yet: of each partition it has all up to the position that it stores. */
  async newOf<T extends { readonly placed: PlacedChange }>(changes: readonly T[]): Promise<NewChanges<T>> {
    const { progress } = await this.#history.snapshot();
    const places = new Map(changes.map(({ placed }) => [offsetId(placed.place), placed.place]));
    const positions = new LatestPositions([...places.values()], progress);
    const fresh = changes.filter(({ placed }) => positions.isNew(placed.place, placed.change.position));
    const moved = positions.change();
    const expectedProgress = new Map([...moved.keys()].map((name) => [name, progress.get(name)]));
    return { changes: fresh, progress: moved, expectedProgress };
  }

  /** Adds a change a line, together with the positions. @throws `LAKE_WRITER_FENCED` */
  async append(lines: readonly string[], { progress, expectedProgress }: Omit<NewChanges<unknown>, "changes">) {
    const history = this.#history;
    const add = await withStagedText(this.#lake, lines, (path) =>
      this.#lake.writeBulk(history, {
        sql: stagedRowsSql(history.schema, path),
        partition: {},
        rowCount: lines.length,
      }),
    );
    await this.#commit(history, { add, remove: [] }, { progress, expectedProgress, operation: "append" });
  }

  /** Present rows by key, as of all that is committed. */
  async load(keys: readonly string[]): Promise<ReadonlyMap<string, Row>> {
    const { base, tail } = await this.#parts();
    const lines = keys.map((row_key) => `${JSON.stringify({ row_key })}\n`);
    const rows = await withStagedText(this.#lake, lines, (path) => {
      const wanted = `SELECT row_key FROM read_json(${quotePath(path)}, format = 'newline_delimited',
        columns = {'row_key': 'VARCHAR'})`;
      const sql = `SELECT row_key, "row" FROM (${presentSql(base, tail, wanted)})`;
      return this.#lake.query<{ row_key: string; row: string }>(sql);
    });
    return new Map(rows.map(({ row_key, row }) => [row_key, parseExactJson(row) as Row]));
  }

  /**
   * Brings `<table>` up to the history.
   * @returns whether it has been changed; not if nothing is new, or another process was first
   */
  async materialize(): Promise<boolean> {
    const parts = await this.#parts();
    if (parts.tailFiles === 0) return false;
    const add = await this.#lake.writeBulk(this.#present, { sql: presentSql(parts.base, parts.tail), partition: {} });
    const { stored, history } = parts;
    try {
      await this.#commit(
        this.#present,
        { add, remove: stored.files },
        {
          progress: new Map([[includedId, BigInt(history.version)]]),
          expectedProgress: new Map([[includedId, stored.progress.get(includedId)]]),
          operation: "materialize",
        },
      );
    } catch (error) {
      if (!["LAKE_WRITER_FENCED", "LAKE_COMMIT_CONFLICT"].includes(errorCodeOf(error))) throw error;
      return false;
    }
    // Later files are left alone: merged, they could not be told from those that `<table>` includes.
    const isSmall = ({ bytes, addedAtMs = 0 }: DataFile) => bytes < mergedBytes && addedAtMs < history.committedAtMs;
    if (history.files.filter(isSmall).length >= smallFilesMax) {
      await compact(this.#lake, this.#history, { targetBytes: mergedBytes, addedBeforeMs: history.committedAtMs });
    }
    return true;
  }

  /** Deletes files and commit entries that have been replaced for longer than this. */
  async deleteReplaced(graceMs: number, clock: Clock): Promise<void> {
    for (const table of [this.#history, this.#present]) {
      await vacuum(table, { graceMs, clock });
      await expireLog(this.#lake, table, { retentionMs: graceMs, clock });
    }
  }

  /** `<table>` first: a history that is older than it would bring rows back that were deleted in between. */
  async #parts() {
    const stored = await this.#present.snapshot();
    const history = await this.#history.snapshot();
    const included = stored.progress.get(includedId);
    const since = included === undefined ? undefined : (Number(included) as LakeSnapshot["version"]);
    const added = await this.#history.addedSince(since, history.version);
    const there = new Set(history.files.map(({ path }) => path));
    // A file that somebody has merged meanwhile may be deleted any time.
    const files = added.files.every(({ path }) => there.has(path)) ? added.files : history.files;
    return {
      stored,
      history,
      tailFiles: files.length,
      base: relationSql(this.#present.folder, stored.schema, stored.files),
      tail: relationSql(this.#history.folder, history.schema, files),
    };
  }

  /** Deletes the files that were to be added where the commit is refused. */
  async #commit(
    table: LakeTable,
    files: { readonly add: readonly DataFile[]; readonly remove: readonly DataFile[] },
    rest: Omit<NewChanges<unknown>, "changes"> & { readonly operation: string },
  ): Promise<void> {
    try {
      await table.commit({ ...files, ...rest });
    } catch (error) {
      const isRefused = ["LAKE_WRITER_FENCED", "LAKE_COMMIT_CONFLICT"].includes(errorCodeOf(error));
      if (isRefused) for (const { path } of files.add) await rm(join(table.folder, path), { force: true });
      throw error;
    }
  }
}
