import { type ColumnValue, type Row, stringifyExactJson, unavailableValue } from "@footfall/changes";
import type { PlacedChange } from "../replica.ts";
import { refuseTable, type TargetColumn, type TargetTable } from "./target-table.ts";

/** What becomes of a row. */
export interface RowEffect {
  /** In the order of the table's primary key. */
  readonly key: readonly (string | null)[];
  readonly partition: number;
  /** It is deleted first. */
  readonly isRemoved: boolean;
  /** By column; columns that the source did not send are not in it. Undefined: the row is gone. */
  readonly values: ReadonlyMap<string, string | null> | undefined;
}

/** What changes of one table come to. Rows are told apart by their keys, so their order does not matter any more. */
export class NetEffect {
  readonly truncated = new Set<number>();
  #rows = new Map<string, RowEffect>();
  #table: TargetTable;

  constructor(table: TargetTable) {
    this.#table = table;
  }

  /** As the last change that was added found it. */
  get table(): TargetTable {
    return this.#table;
  }

  get rows(): readonly RowEffect[] {
    return [...this.#rows.values()];
  }

  /** @throws AppError REPLICA_TABLE_REFUSED  a value has no column */
  add(table: TargetTable, { change, place: { partition } }: PlacedChange): void {
    this.#table = table;
    if (change.operation === "truncate") {
      this.truncated.add(partition);
      this.#rows = new Map([...this.#rows].filter(([, row]) => row.partition !== partition));
      return;
    }
    const key = table.primaryKey.map((column) => textOf(column, change.key[column.name] ?? null));
    const id = stringifyExactJson(key);
    const before = this.#rows.get(id);
    if (change.after === undefined) {
      this.#rows.set(id, { key, partition, isRemoved: true, values: undefined });
      return;
    }
    const values = new Map([...(before?.values ?? []), ...valuesOf(table, change.after)]);
    this.#rows.set(id, { key, partition, isRemoved: before?.isRemoved ?? false, values });
  }
}

function valuesOf(table: TargetTable, row: Row): readonly (readonly [string, string | null])[] {
  return Object.entries(row).flatMap(([name, value]) => {
    if (value === unavailableValue) return [];
    const column = table.columns.get(name);
    if (column === undefined) return refuseTable(table.name, `has no column ${name}, which the source has: add it`);
    return [[name, textOf(column, value)] as const];
  });
}

function textOf(column: TargetColumn, value: ColumnValue): string | null {
  return value === null ? null : column.write(value);
}
