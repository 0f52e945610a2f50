import { AppError } from "@footfall/base";
import type { ClientBase } from "pg";
import type { ExpectedReplicaProgress, ReplicaProgress } from "../replica.ts";
import { quoteName } from "./target-table.ts";

/** Numbers of a replica, and the keys it has written, in tables `footfall_progress` and `footfall_keys`. */
export class ProgressTable {
  readonly #schema: string;
  readonly #replica: string;
  readonly #sqlName: string;
  readonly keys: { readonly sqlName: string; readonly replica: string };

  constructor(schema: string, replica: string) {
    this.#schema = schema;
    this.#replica = replica;
    this.#sqlName = `${quoteName(schema)}.footfall_progress`;
    this.keys = { sqlName: `${quoteName(schema)}.footfall_keys`, replica };
  }

  /** Makes the tables where they are missing; who may not create them finds them made. */
  async create(client: ClientBase): Promise<void> {
    const { rows } = await client.query<{ has_tables: string; has_schema: string }>(
      `select (to_regclass($1) is not null and to_regclass($2) is not null)::text as has_tables,
         (to_regnamespace($3) is not null)::text as has_schema`,
      [this.#sqlName, this.keys.sqlName, quoteName(this.#schema)],
    );
    if (rows[0]!.has_tables === "true") return;
    // Two that begin at once would both make them.
    await client.query("begin; select pg_advisory_xact_lock(hashtext('footfall replica'))");
    if (rows[0]!.has_schema !== "true") {
      await client.query(`create schema if not exists ${quoteName(this.#schema)}`);
    }
    await client.query(`create table if not exists ${this.#sqlName} (
      replica text, name text, value numeric, primary key (replica, name))`);
    await client.query(`create table if not exists ${this.keys.sqlName} (
      replica text, relation text, key text[], partition int not null, primary key (replica, relation, key))`);
    await client.query("commit");
  }

  async read(client: ClientBase): Promise<ReplicaProgress> {
    const { rows } = await client.query<{ name: string; value: string }>(
      `select name, value::text as value from ${this.#sqlName} where replica = $1 and value is not null`,
      [this.#replica],
    );
    return new Map(rows.map(({ name, value }) => [name, BigInt(value)]));
  }

  /**
   * Keeps other writers of these numbers out until the transaction ends.
   * @throws AppError REPLICA_WRITER_FENCED
   */
  async expect(client: ClientBase, expected: ExpectedReplicaProgress): Promise<void> {
    const names = [...expected.keys()].sort();
    // A row that is not there cannot be locked: two writers would both find nothing.
    await client.query(
      `insert into ${this.#sqlName} (replica, name) select $1, unnest($2::text[]) on conflict do nothing`,
      [this.#replica, names],
    );
    const { rows } = await client.query<{ name: string; value: string | null }>(
      `select name, value::text as value from ${this.#sqlName} where replica = $1 and name = any ($2)
       order by name for update`,
      [this.#replica, names],
    );
    for (const { name, value } of rows) {
      if (value === (expected.get(name)?.toString() ?? null)) continue;
      throw new AppError("REPLICA_WRITER_FENCED", `Another writer has moved the replica in PostgreSQL on: ${name}.`, {
        context: { replica: this.#replica },
      });
    }
  }

  async write(client: ClientBase, progress: ReplicaProgress): Promise<void> {
    await client.query(
      `insert into ${this.#sqlName} select $1, n.name, n.value from unnest($2::text[], $3::numeric[]) n (name, value)
       on conflict (replica, name) do update set value = excluded.value`,
      [this.#replica, [...progress.keys()], [...progress.values()].map(String)],
    );
  }

  async clear(client: ClientBase): Promise<void> {
    await client.query(`delete from ${this.#sqlName} where replica = $1`, [this.#replica]);
  }
}
