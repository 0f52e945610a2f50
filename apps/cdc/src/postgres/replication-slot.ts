import type { Client } from "pg";
import { parseLsn } from "./lsn.ts";

export interface SlotStatus {
  readonly plugin: string;
  readonly database: string;
  readonly isActive: boolean;
  /** The server has deleted what the slot needed. */
  readonly isLost: boolean;
  /** Before it nothing is sent any more; undefined of a slot that is lost. */
  readonly confirmedLsn: bigint | undefined;
  /** What the slot keeps the server from deleting, bytes. */
  readonly retainedBytes: number;
  /** What was written since the confirmed place, bytes. */
  readonly lagBytes: number;
}

const slotQuery = `
  select plugin, database, active, wal_status, confirmed_flush_lsn as confirmed,
    coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0) as retained,
    coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0) as lag
  from pg_replication_slots where slot_name = $1`;

export async function readSlot(client: Client, name: string): Promise<SlotStatus | undefined> {
  const { rows } = await client.query<Record<string, string | null>>(slotQuery, [name]);
  const row = rows[0];
  if (row === undefined) return undefined;
  const confirmed = row["confirmed"];
  return {
    plugin: row["plugin"] ?? "",
    database: row["database"] ?? "",
    isActive: row["active"] === "t",
    isLost: row["wal_status"] === "lost",
    confirmedLsn: confirmed ? parseLsn(confirmed) : undefined,
    retainedBytes: Number(row["retained"]),
    lagBytes: Number(row["lag"]),
  };
}

/** Waits for the transactions under way. @returns from where it sends changes */
export async function createSlot(client: Client, name: string): Promise<bigint> {
  const { rows } = await client.query<{ lsn: string }>(
    "select lsn from pg_create_logical_replication_slot($1, 'pgoutput')",
    [name],
  );
  return parseLsn(rows[0]!.lsn);
}

export async function dropSlot(client: Client, name: string): Promise<void> {
  await client.query("select pg_drop_replication_slot($1)", [name]);
}

/** What tells a database from another one, and from itself after it was set up anew. */
export async function readSystem(client: Client): Promise<{ readonly id: string; readonly database: string }> {
  const { rows } = await client.query<{ id: string; database: string }>(
    "select system_identifier as id, current_database() as database from pg_control_system()",
  );
  return rows[0]!;
}
