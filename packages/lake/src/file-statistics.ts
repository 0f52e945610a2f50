import type { DataFile, TableSchema } from "./lake.ts";

/** Statistics of a column as DuckDB's COPY returns them: everything is text, the name is quoted like an identifier. */
export interface CopiedColumn {
  readonly key: string;
  readonly value: readonly { readonly key: string; readonly value: string }[];
}

type FileStatistics = Required<Pick<DataFile, "min" | "max" | "nulls">>;

/** Largest and smallest instant that ISO text with four-digit years can state. */
const instantMinMs = Date.parse("0000-01-01T00:00:00.000Z");
const instantMaxMs = Date.parse("9999-12-31T23:59:59.999Z");

/**
 * Statistics for the commit entry, from what COPY returned. Text columns have none: their bounds prune nothing here.
 */
export function fileStatistics(schema: TableSchema, copied: readonly CopiedColumn[]): FileStatistics {
  const collector = new StatisticsCollector();
  for (const { key, value } of copied) {
    const name = key.slice(1, -1).replaceAll('""', '"');
    const column = schema.columns.find((candidate) => candidate.name === name);
    if (column === undefined) continue;
    const fields = Object.fromEntries(value.map((field) => [field.key, field.value]));
    collector.setNulls(name, Number(fields["null_count"] ?? 0));
    const { min, max } = fields;
    if (min === undefined || max === undefined || fields["has_nan"] === "true") continue;
    if (column.type === "timestamp") collector.setRange(name, textToMs(min, Math.floor), textToMs(max, Math.ceil));
    else if (column.type === "date") collector.setRange(name, min, max);
    else if (column.type !== "string" && column.type !== "boolean") collector.setRange(name, Number(min), Number(max));
  }
  return collector.statistics;
}

/** Whether the file may hold times of a column from `startMs` to `endMs`, both inclusive. */
export function mayHoldTimes(file: DataFile, column: string, startMs: number, endMs: number): boolean {
  const min = file.min?.[column];
  const max = file.max?.[column];
  return !(typeof min === "number" && min > endMs) && !(typeof max === "number" && max < startMs);
}

/** Builds the statistics of one file; ranges that JSON cannot state are left out. */
export class StatisticsCollector {
  readonly #min: Record<string, string | number> = {};
  readonly #max: Record<string, string | number> = {};
  readonly #nulls: Record<string, number> = {};

  setNulls(name: string, count: number): void {
    this.#nulls[name] = count;
  }

  setRange(name: string, min: string | number, max: string | number): void {
    if (typeof min === "number" && !Number.isFinite(min)) return;
    if (typeof max === "number" && !Number.isFinite(max)) return;
    this.#min[name] = min;
    this.#max[name] = max;
  }

  /** A range of instants, in ms. */
  setInstantRange(name: string, minMs: number, maxMs: number): void {
    if (minMs >= instantMinMs && maxMs <= instantMaxMs) this.setRange(name, minMs, maxMs);
  }

  get statistics(): FileStatistics {
    return { min: this.#min, max: this.#max, nulls: this.#nulls };
  }
}

/** `2026-09-21 14:13:20.123456+00` in ms, rounded outwards; NaN (left out) for years beyond four digits. */
function textToMs(text: string, round: (ms: number) => number): number {
  const match = /^(\d{4})-(\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)?(?:\+00)?$/.exec(text);
  if (match === null) return NaN;
  return Date.parse(`${match[1]}-${match[2]}T${match[3]}Z`) + round(Number(match[4] ?? 0) * 1000);
}
