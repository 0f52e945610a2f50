/** The part of parquetjs-lite that the small writer uses; the package has no types of its own. */
declare module "parquetjs-lite" {
  interface ParquetField {
    type: string;
    optional: boolean;
    compression: "SNAPPY";
    statistics: false;
  }

  class ParquetSchema {
    constructor(fields: Record<string, ParquetField>);
    readonly schema: Record<string, ParquetField>;
  }

  /** Values shredded into columns, as `ParquetShredder` documents them. */
  interface ShreddedColumn {
    values: unknown[];
    dlevels: number[];
    rlevels: number[];
    distinct_values: Set<unknown>;
    count: number;
  }

  interface ShreddedRows {
    rowCount: number;
    pageRowCount: number;
    columnData: Record<string, ShreddedColumn>;
    pages: Record<string, unknown[]>;
  }

  class ParquetWriter {
    static openFile(schema: ParquetSchema, path: string, options: object): Promise<ParquetWriter>;
    rowBuffer: ShreddedRows;
    appendRow(row: Record<string, unknown>): Promise<void>;
    close(): Promise<void>;
  }

  class ParquetEnvelopeReader {
    static openFile(path: string): Promise<ParquetEnvelopeReader>;
    readHeader(): Promise<void>;
    readFooter(): Promise<{ num_rows: number | { valueOf(): number } }>;
    close(): Promise<void>;
  }

  const parquet: {
    ParquetSchema: typeof ParquetSchema;
    ParquetWriter: typeof ParquetWriter;
    ParquetEnvelopeReader: typeof ParquetEnvelopeReader;
  };
  export default parquet;
}
