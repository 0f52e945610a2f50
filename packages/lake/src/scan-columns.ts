import { type DuckDBDataChunk, DuckDBTypeId } from "@duckdb/node-api";
import { AppError } from "@footfall/base";
import type { ScanColumn } from "./lake.ts";

/** What a fixed-width vector of the DuckDB client holds: a view of the chunk's own memory, and which values are set. */
interface FixedWidthVector {
  readonly items: Int32Array | BigInt64Array | Float64Array;
}

const viewedTypes = new Set([
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.DATE,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_TZ,
  DuckDBTypeId.DOUBLE,
]);
const narrowTypes = new Set([
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.BOOLEAN,
]);

/** The columns of a chunk, without copying where DuckDB's memory already has the form. */
export function chunkColumns(chunk: DuckDBDataChunk, names: readonly string[]): readonly ScanColumn[] {
  return names.map((name, index) => chunkColumn(chunk, index, name));
}

function chunkColumn(chunk: DuckDBDataChunk, index: number, name: string): ScanColumn {
  const vector = chunk.getColumnVector(index);
  const { typeId } = vector.type;
  if (viewedTypes.has(typeId)) {
    if (hasNull(vector, chunk.rowCount)) throw refused(name, "holds a null; use coalesce");
    return (vector as unknown as FixedWidthVector).items.subarray(0, chunk.rowCount);
  }
  const values = chunk.getColumnValues(index);
  if (values.includes(null)) throw refused(name, "holds a null; use coalesce");
  if (typeId === DuckDBTypeId.VARCHAR) return values as string[];
  if (narrowTypes.has(typeId)) return Int32Array.from(values as number[], Number);
  throw refused(name, `is ${vector.type.toString()}; cast it to INTEGER, BIGINT, DOUBLE or VARCHAR`);
}

function hasNull(vector: unknown, rows: number): boolean {
  const { validity } = vector as { validity: { data: BigUint64Array | null; itemValid(index: number): boolean } };
  if (validity.data === null) return false;
  for (let row = 0; row < rows; row += 1) if (!validity.itemValid(row)) return true;
  return false;
}

function refused(name: string, why: string): AppError {
  return new AppError("LAKE_QUERY_FAILED", `Column ${name} of a scan ${why}.`, { context: { column: name } });
}
