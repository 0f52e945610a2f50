import type { ColumnSpec, TableSchema } from "@footfall/lake";

function column(name: string, type: ColumnSpec["type"], description: string): ColumnSpec {
  return { name, type, description };
}

const key = column("row_key", "string", 'Primary key as a JSON object, in its order: `{"id":7}`.');
const placed = [
  column("lsn", "long", "Place in the source's log of the commit that made it."),
  column("change_index", "long", "Among the changes of one `lsn`."),
  column("changed_at", "timestamp", "When the source made it."),
  column("log_topic", "string", "Topic it came from."),
  column("log_partition", "integer", "Partition of the topic."),
];

/** A row is a change; `lsn` and `change_index` order them. Key: log_topic, log_partition, lsn, change_index. */
export function historySchema(name: string): TableSchema {
  return {
    name,
    columns: [
      column("operation", "string", "create, update, delete, read (row of a first copy) or truncate."),
      key,
      ...placed,
      column("captured_at", "timestamp", "When it was captured."),
      column("transaction_id", "string", "Transaction of the source."),
      column("row_before", "string", "The row as it was, as a JSON object, where the source tells."),
      column("row_after", "string", "The row as it is from then on, as a JSON object; null: there is none."),
    ],
    partitionColumns: [],
  };
}

/** The rows that are there. Key: row_key. */
export function presentSchema(name: string): TableSchema {
  return {
    name,
    columns: [key, column("row", "string", "The row as a JSON object."), ...placed],
    partitionColumns: [],
  };
}

/** No rows: its commits hold numbers only. */
export function progressSchema(name: string): TableSchema {
  return { name, columns: [column("unused", "boolean", "None has a value.")], partitionColumns: [] };
}
