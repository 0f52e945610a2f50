import type { AppendRecord } from "@footfall/log";

/** A transaction's changes, when it is over. */
export interface TransactionCounts {
  /** By `schema.table`. */
  readonly byTable: ReadonlyMap<string, number>;
  readonly total: number;
}

/**
 * The record of topic `cdc.transactions`, as Debezium writes it: BEGIN, and with `counts` END.
 * @param id           as in `TransactionPlace`
 * @param changedAtMs  when it was committed
 */
export function transactionRecord(id: string, changedAtMs: number, counts?: TransactionCounts): AppendRecord {
  const value = {
    status: counts === undefined ? "BEGIN" : "END",
    id,
    ts_ms: changedAtMs,
    event_count: counts?.total ?? null,
    data_collections:
      counts === undefined
        ? null
        : [...counts.byTable].map(([table, count]) => ({ data_collection: table, event_count: count })),
  };
  return { key: JSON.stringify({ id }), value: Buffer.from(JSON.stringify(value)) };
}
