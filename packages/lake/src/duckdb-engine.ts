import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { quoteText } from "./column-type.ts";
import { translateDuckDbError } from "./lake-failure.ts";
import { OwnedFolder } from "./owned-folder.ts";

export interface EngineOptions {
  /** Folder for data that does not fit in memory; a sub-folder of it is used. */
  readonly spillFolder: string;
  readonly memoryLimitMb: number;
  readonly threads: number;
}

/** One in-memory DuckDB: nothing is downloaded, UTC everywhere, memory bounded, spilling below the lake's root. */
export class DuckDbEngine {
  readonly #instance: DuckDBInstance;
  readonly #spill: OwnedFolder;
  readonly threads: number;

  private constructor(instance: DuckDBInstance, spill: OwnedFolder, threads: number) {
    this.#instance = instance;
    this.#spill = spill;
    this.threads = threads;
  }

  static async open(options: EngineOptions): Promise<DuckDbEngine> {
    const spill = await OwnedFolder.open(options.spillFolder);
    const instance = await DuckDBInstance.create(":memory:", {
      threads: String(options.threads),
      memory_limit: `${options.memoryLimitMb}MB`,
      temp_directory: spill.path,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
    });
    const engine = new DuckDbEngine(instance, spill, options.threads);
    await engine.run(`SET GLOBAL TimeZone = ${quoteText("UTC")}`);
    return engine;
  }

  /** Gives a connection of its own to `use`: temporary tables and views die with it. Errors come out as `AppError`. */
  async withConnection<T>(sql: string, use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    // DuckDB makes it once only. Without it, what fits in memory still goes.
    await this.#spill.make().catch(() => {});
    const connection = await this.#instance.connect();
    try {
      return await use(connection);
    } catch (error) {
      throw await translateDuckDbError(error, sql);
    } finally {
      connection.closeSync();
    }
  }

  async run(sql: string): Promise<void> {
    await this.withConnection(sql, (connection) => connection.run(sql));
  }

  async close(): Promise<void> {
    this.#instance.closeSync();
    await this.#spill.close();
  }
}
