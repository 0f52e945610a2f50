import { readdir, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { AppError, type Clock, type Random, uuidv7 } from "@footfall/base";
import { DuckDbEngine } from "./duckdb-engine.ts";
import { writeBulk } from "./duckdb-writer.ts";
import { type BeforeStep, DurableFiles, makeFolderDurably } from "./durable-file.ts";
import type { Lake, LakeTable } from "./lake.ts";
import { translateStorageError } from "./lake-failure.ts";
import { queryRows, scanColumns } from "./lake-query.ts";
import { DeltaTable } from "./lake-table.ts";
import { OwnedFolder } from "./owned-folder.ts";
import { writeSmall } from "./parquetjs-writer.ts";

export interface LakeOptions {
  /** Folder of the tables; created when absent. */
  readonly root: string;
  readonly clock: Clock;
  /** Source of file names. Default: the system's. */
  readonly random?: Random;
  /** What DuckDB may use before it spills to disk. Default 1024. */
  readonly memoryLimitMb?: number;
  /** Threads of DuckDB. Default: one per processor. */
  readonly threads?: number;
  /** Told of a fault that does not stop the work: a checkpoint that could not be written. */
  readonly onWarning?: (error: unknown) => void;
  /** For fault tests: called before each durable step. */
  readonly beforeStep?: BeforeStep;
}

const memoryLimitDefaultMb = 1024;
const tableName = /^[a-z][a-z0-9_]{0,62}$/;

/** Opens a lake of Delta tables below a folder. @throws AppError LAKE_UNAVAILABLE */
export async function openLake(options: LakeOptions): Promise<Lake> {
  const root = resolve(options.root);
  const { clock, random = Math.random, onWarning = () => {} } = options;
  let staging: OwnedFolder;
  try {
    await makeFolderDurably(root);
    staging = await OwnedFolder.open(join(root, ".staging"));
  } catch (error) {
    throw translateStorageError(error, root);
  }
  const files = new DurableFiles(options.beforeStep);
  const engine = await DuckDbEngine.open({
    spillFolder: join(root, ".spill"),
    memoryLimitMb: options.memoryLimitMb ?? memoryLimitDefaultMb,
    threads: options.threads ?? availableParallelism(),
  });
  const tables = new Map<string, DeltaTable>();
  const newFileName = () => `${uuidv7(clock(), random)}.parquet`;

  function deltaTable(name: string): DeltaTable {
    let table = tables.get(name);
    if (table === undefined) {
      table = new DeltaTable(name, join(root, name), { clock, engine, files, onWarning });
      tables.set(name, table);
    }
    return table;
  }

  async function existingTable(name: string): Promise<LakeTable> {
    const table = tableName.test(name) ? deltaTable(name) : undefined;
    if (table === undefined || !(await table.exists())) {
      throw new AppError("LAKE_TABLE_UNKNOWN", `The lake at ${root} has no table ${name}.`, {
        context: { table: name },
      });
    }
    return table;
  }

  async function tableNames(): Promise<readonly string[]> {
    const names = (await readdir(root)).filter((name) => tableName.test(name)).sort();
    const isTable = await Promise.all(names.map((name) => exists(join(root, name, "_delta_log"))));
    return names.filter((_, index) => isTable[index]);
  }

  const queryDependencies = { engine, tableNames, openTable: existingTable };
  return {
    root,
    stagingFolder: staging.path,
    async table(schema) {
      const table = deltaTable(schema.name);
      await table.ensureSchema(schema);
      return table;
    },
    existingTable,
    tableNames,
    writeBulk: (table, rows) => writeBulk(table, rows, { engine, files, newFileName }),
    writeSmall: (table, rows) => writeSmall(table, rows, { files, newFileName }),
    query: (sql, queryOptions = {}) => queryRows(sql, queryOptions, queryDependencies),
    scan: (sql, onChunk, queryOptions = {}) => scanColumns(sql, onChunk, queryOptions, queryDependencies),
    async close() {
      await engine.close();
      await staging.close();
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
