import type { ChangeEvent, Row, TableSchema } from "@footfall/changes";
import { schemaIdOf, unavailableValue } from "@footfall/changes";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { type PostgresServer, startPostgres } from "@footfall/testkit/postgres";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PostgresReplica } from "../src/postgres/postgres-replica.ts";
import type { PlacedChange, Replica } from "../src/replica.ts";
import { canRunPostgres } from "../../../test/cdc/postgres-or-skip.ts";
import { productsSchema, replicaContract } from "./replica-contract.ts";

describe.skipIf(!canRunPostgres())("PostgreSQL", () => {
  let folder: TemporaryFolder;
  let server: PostgresServer;
  let client: Client;
  const replicas: Replica[] = [];
  const query = async (sql: string, values: unknown[] = []): Promise<Row[]> =>
    (await client.query<Row>(sql, values)).rows;

  beforeAll(async () => {
    folder = await temporaryFolder();
    // What the server writes by default must not matter.
    const settings = { DateStyle: "German", TimeZone: "Asia/Tokyo", bytea_output: "escape" };
    server = await startPostgres({ folder: folder.path, settings });
    client = new Client(server.url());
    client.on("error", () => {});
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await server?.stop();
    await folder?.remove();
  });
  beforeEach(() => query("drop schema if exists target cascade; create schema target"));
  afterEach(async () => {
    for (const replica of replicas.splice(0)) await replica.close();
  });

  replicaContract("PostgreSQL", () => ({
    open: () => PostgresReplica.open({ url: server.url(), schemaOf: () => Promise.resolve(productsSchema) }),
    rows: (schema, table) => query(`select id, note, price::text from ${schema}.${table}`),
  }));

  const schemas = new Map<string, TableSchema>();
  const place = { topic: "cdc.public.items", partition: 0 };
  const open = (name = "target"): PostgresReplica => {
    const schemaOf = (id: string) => Promise.resolve(schemas.get(id));
    const replica = PostgresReplica.open({ url: server.url(), schema: "target", name, schemaOf });
    replicas.push(replica);
    return replica;
  };
  /** A schema of table items, `id integer` and more columns. */
  const schemaWith = (columns: Readonly<Record<string, string>>, primaryKey = ["id"]): string => {
    const all = Object.entries({ id: "integer", ...columns });
    const schema = {
      schema: "public",
      table: "items",
      columns: all.map(([name, type]) => ({ name, type, isNullable: true })),
      primaryKey,
    };
    schemas.set(schemaIdOf(schema), schema);
    return schemaIdOf(schema);
  };
  const change = (schemaId: string | undefined, after: Row, more: Partial<ChangeEvent> = {}): PlacedChange => ({
    place,
    change: {
      schema: "public",
      table: "items",
      operation: "update",
      key: { id: after["id"]! },
      before: undefined,
      after,
      position: { lsn: 1n, index: 0 },
      changedAtMs: 0,
      capturedAtMs: 0,
      ...(schemaId !== undefined && { schemaId }),
      ...more,
    },
  });
  const store = (replica: Replica, changes: readonly PlacedChange[]): Promise<void> =>
    replica.store(changes, new Map(), new Map());

  it("adds columns, widens them, and keeps those that the source has no more", async () => {
    const replica = open();
    await store(replica, [
      change(schemaWith({ name: "text", count: "integer" }), { id: 1, name: "a", count: 7 }),
      change(schemaWith({ count: "bigint", size: "numeric(6,1)" }), { id: 2, count: 9007199254740993n, size: "1.5" }),
      change(schemaWith({ count: "bigint" }), { id: 1, count: 8 }),
    ]);
    expect(await query("select id, name, count::text, size::text from target.items order by id")).toEqual([
      { id: 1, name: "a", count: "8", size: null },
      { id: 2, name: null, count: "9007199254740993", size: "1.5" },
    ]);
  });

  it("stops at what it cannot hold, says what to do, and goes on once that is done", async () => {
    const replica = open();
    await store(replica, [change(schemaWith({ size: "numeric" }), { id: 1, size: "1.5" })]);
    const narrowed = [change(schemaWith({ size: "integer" }), { id: 1, size: 2 })];
    await store(replica, narrowed);
    const other = [change(schemaWith({ size: "date" }), { id: 1, size: 1 })];
    await expect(store(replica, other)).rejects.toMatchObject({
      code: "REPLICA_TABLE_REFUSED",
      retriable: false,
      message: expect.stringContaining("column size is numeric, the source's is date now: alter it"),
    });
    expect(await query("select size::text from target.items")).toEqual([{ size: "2" }]);
    await query("alter table target.items alter size type text");
    await store(replica, other);
    expect(await query("select size from target.items")).toEqual([{ size: "1970-01-02" }]);
    const byName = [change(schemaWith({ name: "text" }, ["name"]), { id: 1, name: "a" })];
    await expect(store(replica, byName)).rejects.toThrow("identified by (id), the source's by (name): drop it");
  });

  it("refuses a table that is captured itself, and one that nobody describes", async () => {
    const replica = open();
    await expect(store(replica, [change(undefined, { id: 1 })])).rejects.toThrow(
      "target.items of the replica: is missing",
    );
    await query("create table target.items (id int primary key); create publication captured for table target.items");
    await expect(store(replica, [change(undefined, { id: 1 })])).rejects.toThrow("publication captured");
    await query("drop publication captured");
    await store(replica, [change(undefined, { id: 1 })]);
    await expect(store(replica, [change(undefined, { id: 1, name: "a" })])).rejects.toThrow("has no column name");
  });

  it("tells which change holds what no table takes, and keeps nothing of the batch", async () => {
    const replica = open();
    const schemaId = schemaWith({ day: "date", name: "character varying(3)" });
    const good = change(schemaId, { id: 1, day: 0, name: "abc" });
    for (const bad of [
      { id: 2, day: "no date", name: "a" },
      { id: 2, day: 1, name: "abcd" },
      { id: 2, day: 1, name: "\0" },
      { id: 3_000_000_000, day: 1, name: "a" },
    ]) {
      await expect(store(replica, [good, change(schemaId, bad), good])).rejects.toMatchObject({
        code: "REPLICA_ROW_REFUSED",
        at: 1,
      });
    }
    await store(replica, [good]);
    expect(await query("select id, name from target.items")).toEqual([{ id: 1, name: "abc" }]);
  });

  it("keeps large values that were not sent, in tables that others made too", async () => {
    await query("create table target.items (id int generated always as identity primary key, body text not null)");
    const replica = open();
    await store(replica, [change(undefined, { id: 1, body: "large" })]);
    await store(replica, [change(undefined, { id: 1, body: unavailableValue })]);
    expect(await query("select * from target.items")).toEqual([{ id: 1, body: "large" }]);
  });

  it("resets and truncates its own rows alone", async () => {
    const schemaId = schemaWith({});
    const first = open("first");
    const second = open("second");
    await store(first, [
      change(schemaId, { id: 1 }),
      { ...change(schemaId, { id: 2 }), place: { ...place, partition: 1 } },
    ]);
    await store(second, [change(schemaId, { id: 3 })]);
    await query("insert into target.items values (4)");
    const truncate = change(schemaId, {}, { operation: "truncate", key: {}, after: undefined });
    await store(first, [truncate]);
    expect(await query("select id from target.items order by id")).toEqual([{ id: 2 }, { id: 3 }, { id: 4 }]);
    await first.reset();
    expect(await query("select id from target.items order by id")).toEqual([{ id: 3 }, { id: 4 }]);
  });

  it("lets one of two writers that begin at once go first, and refuses the other", async () => {
    const schemaId = schemaWith({});
    const writers = [open(), open()];
    await Promise.all(writers.map((each) => each.progress()));
    const results = await Promise.allSettled(
      writers.map((each, id) =>
        each.store([change(schemaId, { id })], new Map([["x", 1n]]), new Map([["x", undefined]])),
      ),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const refused = results.find((result) => result.status === "rejected")!;
    expect(refused.reason).toMatchObject({ code: "REPLICA_WRITER_FENCED" });
    expect(await query("select id from target.items")).toHaveLength(1);
  });

  it("is told to be away, and serves again", async () => {
    const replica = open();
    await replica.store([], new Map([["x", 2n ** 64n - 1n]]), new Map([["x", undefined]]));
    await query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'footfall-replicator'",
    );
    await expect.poll(() => replica.progress().catch(() => undefined)).toEqual(new Map([["x", 2n ** 64n - 1n]]));
    const away = PostgresReplica.open({ url: "postgresql://postgres@127.0.0.1:1/x" });
    replicas.push(away);
    await expect(away.progress()).rejects.toMatchObject({ code: "REPLICA_UNAVAILABLE", retriable: true });
    expect(() => PostgresReplica.open({ url: "mysql://x" })).toThrow("no postgresql://");
  });
});
