import { setImmediate as yieldToOthers } from "node:timers/promises";
import Database from "libsql";
import { fromSqliteError } from "./index-errors.ts";

type Value = string | number | Uint8Array | null;

/** Another process may hold a file for as long as it commits or cleans up. */
const busyTimeoutMs = 5_000;

/** One database file. Calls block; errors are ours. */
export class SqliteFile {
  readonly path: string;
  readonly #isReader: boolean;
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  /**
   * @param isReader  never writes, and works beside a writer in another process
   * @param pagesMax  size at which the file counts as full
   */
  constructor(path: string, isReader: boolean, pagesMax?: number) {
    this.path = path;
    this.#isReader = isReader;
    this.#database = this.#guarded(() => new Database(path));
    try {
      this.#guarded(() => this.#configure(isReader, pagesMax));
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** The rows of a query as arrays of columns. */
  rows<Row extends unknown[]>(sql: string, ...parameters: Value[]): Row[] {
    return this.#guarded(
      () =>
        this.#statement(sql)
          .raw()
          .all(...parameters) as Row[],
    );
  }

  /** The first row of a query; undefined where there is none. */
  row(sql: string, ...parameters: Value[]): unknown[] | undefined {
    return this.#guarded(
      () =>
        this.#statement(sql)
          .raw()
          .get(...parameters) as unknown[] | undefined,
    );
  }

  run(sql: string, ...parameters: Value[]): void {
    this.#guarded(() => this.#statement(sql).run(...parameters));
  }

  /** Several statements without parameters. */
  execute(sql: string): void {
    this.#guarded(() => this.#database.exec(sql));
  }

  /** Keeps all that `work` writes, or nothing. */
  transaction(work: () => void): void {
    this.execute("begin immediate");
    try {
      work();
      this.execute("commit");
    } catch (error) {
      this.#rollback();
      throw error;
    }
  }

  /** A transaction that lets others read between its steps; they see what it has written so far. One at a time. */
  async transactionInSteps(steps: Iterable<void>): Promise<void> {
    this.execute("begin immediate");
    try {
      const each = steps[Symbol.iterator]();
      while (!each.next().done) await yieldToOthers();
      this.execute("commit");
    } catch (error) {
      this.#rollback();
      throw error;
    }
  }

  close(): void {
    this.#statements.clear();
    // The library leaves the write-ahead log behind, which may be as large as the file. A full disk needs it.
    try {
      if (!this.#isReader) this.#database.exec("pragma wal_checkpoint(truncate)");
    } catch {
      // It is read when the file is opened again.
    }
    this.#guarded(() => this.#database.close());
  }

  /** A commit is on disk when it returns: progress must never be older than what it tells of. */
  #configure(isReader: boolean, pagesMax: number | undefined): void {
    this.#database.exec(`pragma busy_timeout = ${busyTimeoutMs}`);
    if (isReader) this.#database.exec("pragma query_only = on");
    else this.#database.exec("pragma journal_mode = wal; pragma synchronous = full");
    if (pagesMax !== undefined) this.#database.exec(`pragma max_page_count = ${pagesMax}`);
  }

  #rollback(): void {
    try {
      this.#database.exec("rollback");
    } catch {
      // SQLite rolls back by itself where the disk is full.
    }
  }

  #statement(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw fromSqliteError(cause, this.path);
    }
  }
}
