import { isColumnType } from "./column-type.ts";
import { tooNew } from "./lake-failure.ts";
import type { ColumnSpec, TableSchema } from "./lake.ts";

/** The `metaData` action of a table in our terms. What others put into it is kept as it came. */
export interface TableMetadata {
  readonly tableId: string;
  readonly createdAtMs: number | undefined;
  readonly schema: TableSchema;
  /** Table properties of Delta. */
  readonly configuration: Readonly<Record<string, string>>;
  /** By column name. */
  readonly fields: ReadonlyMap<string, FieldRules>;
}

/** What the schema says of a column beyond its name and type. */
export interface FieldRules {
  readonly nullable: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface RawMetadata {
  readonly id: string;
  readonly name?: string;
  readonly schemaString: string;
  readonly partitionColumns: readonly string[];
  readonly configuration?: Readonly<Record<string, string>> | null;
  readonly createdTime?: number;
}

interface RawField {
  readonly name: string;
  readonly type: unknown;
  readonly nullable?: boolean;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export function formatMetadata({ schema, tableId, createdAtMs, configuration, fields }: TableMetadata): string {
  const rawFields = [...schema.columns, ...schema.partitionColumns].map(({ name, type, description }) => {
    const { nullable = true, metadata = {} } = fields.get(name) ?? {};
    const comment = description === "" ? {} : { comment: description };
    return { name, type, nullable, metadata: { ...metadata, ...comment } };
  });
  return JSON.stringify({
    metaData: {
      id: tableId,
      name: schema.name,
      format: { provider: "parquet", options: {} },
      schemaString: JSON.stringify({ type: "struct", fields: rawFields }),
      partitionColumns: schema.partitionColumns.map((column) => column.name),
      configuration,
      createdTime: createdAtMs,
    },
  });
}

/**
 * @param path  of the entry, for the error
 * @throws AppError LAKE_TOO_NEW  a column has a type that this program does not know
 */
export function parseMetadata(raw: RawMetadata, path: string): TableMetadata {
  const { fields } = JSON.parse(raw.schemaString) as { fields: readonly RawField[] };
  const columns = fields.map(({ name, type, metadata }): ColumnSpec => {
    if (!isColumnType(type)) throw tooNew(`column ${name} of type ${JSON.stringify(type)}`, path);
    const comment = metadata?.["comment"];
    return { name, type, description: typeof comment === "string" ? comment : "" };
  });
  return {
    tableId: raw.id,
    createdAtMs: typeof raw.createdTime === "number" ? raw.createdTime : undefined,
    schema: {
      name: raw.name ?? "",
      columns: columns.filter((column) => !raw.partitionColumns.includes(column.name)),
      partitionColumns: raw.partitionColumns.flatMap((name) => columns.filter((column) => column.name === name)),
    },
    configuration: raw.configuration ?? {},
    fields: new Map(fields.map(({ name, nullable = true, metadata = {} }) => [name, { nullable, metadata }])),
  };
}
