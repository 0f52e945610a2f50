import type { TableName } from "./change-event.ts";

/** Table schemas, by `schemaIdOf`. */
export const schemasTopic = "cdc.schemas";

/** Beginnings and ends of transactions, with the number of their changes. */
export const transactionsTopic = "cdc.transactions";

/** Other characters than Kafka takes in a topic's name become `_`, as Debezium has it. */
export function changesTopic({ schema, table }: TableName): string {
  return `cdc.${schema}.${table}`.replace(/[^A-Za-z0-9._-]/g, "_");
}
