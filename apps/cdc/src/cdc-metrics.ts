import type { ChangeOperation } from "@footfall/changes";
import { Counter, Gauge, type Registry } from "@footfall/runtime";
import type { CapturedTable } from "./postgres/captured-table.ts";
import type { SlotStatus } from "./postgres/replication-slot.ts";

export interface CdcMetrics {
  readonly captured: (table: CapturedTable, operation: ChangeOperation, changedAtMs: number) => void;
  readonly appended: (topic: string, records: number) => void;
  /** Tables whose rows are not all in their topic yet. */
  readonly copying: (tables: number) => void;
  readonly slot: (status: SlotStatus | undefined) => void;
  readonly reconnected: () => void;
}

export function createCdcMetrics(registry: Registry): CdcMetrics {
  const registers = [registry];
  const changes = new Counter({
    name: "footfall_cdc_changes_total",
    help: "Changes read, by table and operation: create, update, delete, read (a row of the first copy), truncate.",
    labelNames: ["table", "operation"],
    registers,
  });
  const records = new Counter({
    name: "footfall_cdc_records_total",
    help: "Records appended, by topic.",
    labelNames: ["topic"],
    registers,
  });
  const changedAt = new Gauge({
    name: "footfall_cdc_changed_at_seconds",
    help: "Time of the commit of the last change that was read, seconds since the epoch.",
    registers,
  });
  const copying = new Gauge({
    name: "footfall_cdc_tables_copying",
    help: "Tables whose first copy is not whole yet.",
    registers,
  });
  const retained = new Gauge({
    name: "footfall_cdc_slot_retained_bytes",
    help: "Transaction log that the server keeps for the slot.",
    registers,
  });
  const lag = new Gauge({
    name: "footfall_cdc_slot_lag_bytes",
    help: "Transaction log written since the place that was confirmed last.",
    registers,
  });
  const reconnects = new Counter({
    name: "footfall_cdc_reconnects_total",
    help: "Times that the capture ended by an error and was begun again.",
    registers,
  });
  return {
    captured(table, operation, changedAtMs) {
      changes.inc({ table: table.name, operation });
      changedAt.set(changedAtMs / 1_000);
    },
    appended: (topic, count) => records.inc({ topic }, count),
    copying: (tables) => copying.set(tables),
    slot(status) {
      retained.set(status?.retainedBytes ?? 0);
      lag.set(status?.lagBytes ?? 0);
    },
    reconnected: () => reconnects.inc(),
  };
}
