export {
  type ChangeEvent,
  type ChangeOperation,
  type ChangePosition,
  type ColumnValue,
  comparePositions,
  type Row,
  type TableName,
  type TransactionPlace,
  unavailableValue,
} from "./change-event.ts";
export { parseExactJson, stringifyExactJson } from "./exact-json.ts";
export { parseTableNames } from "./parse-table-names.ts";
export { type ReadChange, readChange } from "./read-change.ts";
export { type Column, schemaIdOf, schemaRecord, type TableSchema } from "./table-schema.ts";
export { changesTopic, schemasTopic, transactionsTopic } from "./topics.ts";
export { type TransactionCounts, transactionRecord } from "./transaction-record.ts";
export { changeRecords, type ChangeSource, recordKeyOf } from "./write-change.ts";
