import { AppError } from "@footfall/base";
import type { TableName, TableSchema } from "@footfall/changes";
import pg from "pg";
import {
  type ExpectedReplicaProgress,
  type PlacedChange,
  RefusedChangeError,
  type Replica,
  type ReplicaProgress,
} from "../replica.ts";
import { NetEffect } from "./net-effect.ts";
import { isFaultOfValues, replicaError } from "./postgres-errors.ts";
import { ProgressTable } from "./progress-table.ts";
import { bindTable, refuseTable, type TargetTable } from "./target-table.ts";
import { deleteAll, writeEffect } from "./write-effect.ts";

export interface PostgresReplicaOptions {
  /** `postgresql://user:password@host:port/database`. */
  readonly url: string;
  /** Where all tables go. Default: each into the schema that it has in the source. */
  readonly schema?: string;
  /** Tells apart replicas that share a database. */
  readonly name?: string;
  /** What rows of a fingerprint have. Without it tables must be there. */
  readonly schemaOf?: (schemaId: string) => Promise<TableSchema | undefined>;
}

/**
 * Settings of each connection: values' texts are the same whatever the server's defaults, and a writer that hangs does
 * not hold up the others for ever.
 */
const sessionOptions =
  "-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=iso_8601 -c extra_float_digits=3 -c bytea_output=hex " +
  "-c lock_timeout=20s -c idle_in_transaction_session_timeout=60s -c client_min_messages=warning";
const connectMaxMs = 10_000;

/**
 * Rows in tables of PostgreSQL that are as the source's: names, types, primary key. Tables and columns are made where
 * they are missing. Progress changes in the same transaction as the rows.
 */
export class PostgresReplica implements Replica {
  readonly #pool: pg.Pool;
  readonly #progress: ProgressTable;
  readonly #schema: string | undefined;
  readonly #schemaOf: NonNullable<PostgresReplicaOptions["schemaOf"]>;
  /** By table, then by fingerprint. Forgotten after each failure: then tables may not be as they were. */
  readonly #tables = new Map<string, Map<string, TargetTable>>();
  #isCreated = false;

  private constructor(pool: pg.Pool, options: PostgresReplicaOptions) {
    this.#pool = pool;
    this.#schema = options.schema;
    this.#progress = new ProgressTable(options.schema ?? "public", options.name ?? "footfall");
    this.#schemaOf = options.schemaOf ?? (() => Promise.resolve(undefined));
  }

  /** Connects when it is first asked. @throws AppError CONFIG_INVALID */
  static open(options: PostgresReplicaOptions): PostgresReplica {
    const { url } = options;
    if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
      throw new AppError("CONFIG_INVALID", "The replica's URL is no postgresql://user:password@host:port/database.");
    }
    const address = new URL(url);
    const theirs = address.searchParams.get("options");
    address.searchParams.set("options", theirs === null ? sessionOptions : `${theirs} ${sessionOptions}`);
    const pool = new pg.Pool({
      connectionString: address.href,
      application_name: "footfall-replicator",
      connectionTimeoutMillis: connectMaxMs,
      keepAlive: true,
      max: 4,
    });
    pool.on("error", () => {}); // the next question tells
    return new PostgresReplica(pool, options);
  }

  progress(): Promise<ReplicaProgress> {
    return this.#ask((client) => this.#progress.read(client));
  }

  async store(
    changes: readonly PlacedChange[],
    progress: ReplicaProgress,
    expected: ExpectedReplicaProgress,
  ): Promise<void> {
    await this.#ask((client) =>
      inTransaction(client, async () => {
        await this.#progress.expect(client, expected);
        await client.query("savepoint rows");
        try {
          await this.#write(client, changes);
        } catch (error) {
          if (!isFaultOfValues(error)) throw error;
          await client.query("rollback to rows");
          throw await this.#refused(client, changes, error);
        }
        await this.#progress.write(client, progress);
      }),
    );
  }

  /** Its own rows, not those that others have put into its tables. */
  async reset(): Promise<void> {
    const { keys } = this.#progress;
    await this.#ask((client) =>
      inTransaction(client, async () => {
        const { rows } = await client.query<{ relation: string; is_there: boolean }>(
          `select distinct relation, to_regclass(quote_ident(split_part(relation, '.', 1)) || '.' ||
             quote_ident(substr(relation, strpos(relation, '.') + 1))) is not null as is_there
           from ${keys.sqlName} where replica = $1`,
          [keys.replica],
        );
        for (const { relation, is_there } of rows) {
          const dot = relation.indexOf(".");
          const at = { schema: relation.slice(0, dot), table: relation.slice(dot + 1) };
          if (is_there) await deleteAll(client, keys, (await bindTable(client, at, undefined)).table);
        }
        await client.query(`delete from ${keys.sqlName} where replica = $1`, [keys.replica]);
        await this.#progress.clear(client);
      }),
    );
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #write(client: pg.ClientBase, changes: readonly PlacedChange[]): Promise<void> {
    const effects = new Map<string, NetEffect>();
    for (const placed of changes) {
      const table = await this.#table(client, placed);
      const effect = effects.get(table.name) ?? new NetEffect(table);
      effects.set(table.name, effect);
      effect.add(table, placed);
    }
    for (const effect of effects.values()) await writeEffect(client, this.#progress.keys, effect);
  }

  /** Looks for the change that is at fault, by writing one at a time. Nothing of it is kept. */
  async #refused(client: pg.ClientBase, changes: readonly PlacedChange[], whole: unknown): Promise<unknown> {
    this.#tables.clear();
    for (const [at, placed] of changes.entries()) {
      try {
        await this.#write(client, [placed]);
      } catch (error) {
        if (!isFaultOfValues(error)) return error;
        return new RefusedChangeError(at, `PostgreSQL refuses it: ${(error as Error).message}`, error);
      }
    }
    return whole;
  }

  async #table(client: pg.ClientBase, { change }: PlacedChange): Promise<TargetTable> {
    const at: TableName = { schema: this.#schema ?? change.schema, table: change.table };
    const name = `${at.schema}.${at.table}`;
    const schemaId = change.schemaId ?? "";
    const known = this.#tables.get(name)?.get(schemaId);
    if (known !== undefined) return known;
    const schema = change.schemaId === undefined ? undefined : await this.#schemaOf(change.schemaId);
    if (schema && (schema.schema !== change.schema || schema.table !== change.table)) {
      refuseTable(name, `schema ${schemaId} is of ${schema.schema}.${schema.table}`);
    }
    const { table, hasChanged } = await bindTable(client, at, schema);
    // What was bound before does not know the new columns.
    const bySchema = (!hasChanged && this.#tables.get(name)) || new Map<string, TargetTable>();
    this.#tables.set(name, bySchema.set(schemaId, table));
    return table;
  }

  async #ask<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    let client: pg.PoolClient | undefined;
    try {
      client = await this.#pool.connect();
      if (!this.#isCreated) await this.#progress.create(client);
      this.#isCreated = true;
      const result = await work(client);
      client.release();
      return result;
    } catch (cause) {
      this.#tables.clear();
      this.#isCreated = false;
      // Whatever state the connection is in, a new one has none.
      client?.release(true);
      throw replicaError(cause);
    }
  }
}

async function inTransaction(client: pg.ClientBase, work: () => Promise<void>): Promise<void> {
  await client.query("begin");
  try {
    await work();
    await client.query("commit");
  } catch (error) {
    // Where the connection is gone the server has rolled back by itself.
    await client.query("rollback").catch(() => {});
    throw error;
  }
}
