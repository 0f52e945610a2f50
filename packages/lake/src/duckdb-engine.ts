import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { quoteText } from "./column-type.ts";
import { translateDuckDbError } from "./lake-failure.ts";

export interface EngineOptions {
  /** Folder for data that does not fit in memory; a sub-folder of it is used. */
  readonly spillFolder: string;
  readonly spillName: string;
  readonly memoryLimitMb: number;
  readonly threads: number;
}

const spillAgeMaxMs = 24 * 3_600_000;

/** One in-memory DuckDB: nothing is downloaded, UTC everywhere, memory bounded, spilling below the lake's root. */
export class DuckDbEngine {
  readonly #instance: DuckDBInstance;
  readonly #spillPath: string;
  readonly threads: number;

  private constructor(instance: DuckDBInstance, spillPath: string, threads: number) {
    this.#instance = instance;
    this.#spillPath = spillPath;
    this.threads = threads;
  }

  static async open(options: EngineOptions): Promise<DuckDbEngine> {
    await removeOldSpills(options.spillFolder);
    const spillPath = join(options.spillFolder, options.spillName);
    const instance = await DuckDBInstance.create(":memory:", {
      threads: String(options.threads),
      memory_limit: `${options.memoryLimitMb}MB`,
      temp_directory: spillPath,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
    });
    const engine = new DuckDbEngine(instance, spillPath, options.threads);
    await engine.run(`SET GLOBAL TimeZone = ${quoteText("UTC")}`);
    return engine;
  }

  /** Gives a connection of its own to `use`: temporary tables and views die with it. Errors come out as `AppError`. */
  async withConnection<T>(sql: string, use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
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
    await rm(this.#spillPath, { recursive: true, force: true });
  }
}

/** A killed process leaves its spilled data behind. */
async function removeOldSpills(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const modifiedMs = (await stat(path).catch(() => undefined))?.mtimeMs ?? Infinity;
    if (Date.now() - modifiedMs > spillAgeMaxMs) await rm(path, { recursive: true, force: true });
  }
}
