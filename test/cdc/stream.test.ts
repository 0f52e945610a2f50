import { transactionsTopic } from "@footfall/changes";
import { waitFor } from "@footfall/testkit";
import type { PostgresServer } from "@footfall/testkit/postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CapturedDatabase, connect, openDatabase, openServer, patient } from "./captured-database.ts";
import { canRunPostgres } from "./postgres-or-skip.ts";

describe.runIf(canRunPostgres())("a captured stream", () => {
  let server: PostgresServer;
  let shop: CapturedDatabase;
  beforeAll(async () => void (server = await openServer()));
  afterAll(() => server?.stop());
  beforeEach(async () => {
    shop = await openDatabase(server);
    await shop.query("create table products (id int primary key, name text, price numeric(10,2))");
  });
  afterEach(() => shop.close());

  it("has inserts, updates and deletes in Debezium's envelope, with a tombstone", async () => {
    const cdc = shop.capture("public.products");
    await shop.caughtUp();
    expect(cdc.health()).toEqual([]);
    await shop.query("insert into products values (1, 'pen', 2.50)");
    await shop.query("update products set price = 3 where id = 1");
    await shop.query("delete from products where id = 1");
    await shop.caughtUp();
    const changes = await shop.changes("products");
    expect(changes.map(({ operation, key, before, after }) => ({ operation, key, before, after }))).toEqual([
      { operation: "create", key: { id: 1 }, before: undefined, after: { id: 1, name: "pen", price: "2.50" } },
      { operation: "update", key: { id: 1 }, before: undefined, after: { id: 1, name: "pen", price: "3.00" } },
      { operation: "delete", key: { id: 1 }, before: { id: 1 }, after: undefined },
    ]);
    const records = await shop.records("cdc.public.products");
    expect(records.map(({ value }) => value === null)).toEqual([false, false, false, true]);
  });

  it("tells where transactions begin and end, and the place of each change", async () => {
    shop.capture("public.products");
    await shop.caughtUp();
    await shop.query(
      "begin; insert into products values (1), (2); update products set name = 'x' where id = 1; commit",
    );
    await shop.caughtUp();
    const changes = await shop.changes("products");
    const places = changes.map(({ transaction }) => transaction!);
    expect(places.map(({ totalOrder, tableOrder }) => [totalOrder, tableOrder]).sort()).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(new Set(changes.map(({ position }) => position.lsn)).size).toBe(1);
    const marks = (await shop.records(transactionsTopic)).map(({ value }) => JSON.parse(String(value)) as object);
    expect(marks).toContainEqual(expect.objectContaining({ status: "BEGIN", id: places[0]!.id }));
    expect(marks).toContainEqual(
      expect.objectContaining({
        status: "END",
        id: places[0]!.id,
        event_count: 3,
        data_collections: [{ data_collection: "public.products", event_count: 3 }],
      }),
    );
  });

  it("has the large value of a row that moved, however late the transaction is shown", async () => {
    await shop.query("alter table products alter name set storage external");
    await shop.query("insert into products values (1, repeat('x', 5000))");
    shop.capture("public.products");
    await shop.copied();
    await shop.caughtUp();
    const mover = await connect(shop.url);
    // A standby that is not there: the commit is in the stream, and waits before anybody else may see it.
    await shop.query("alter system set synchronous_standby_names = 'nobody'");
    await shop.query("select pg_reload_conf()");
    const isAsked = async (): Promise<boolean> =>
      (await shop.query("show synchronous_standby_names"))[0]!["synchronous_standby_names"] === "nobody";
    await waitFor(isAsked, patient);
    try {
      const moving = mover.query("update products set id = 2 where id = 1");
      const waiting = "select from pg_stat_activity where wait_event = 'SyncRep'";
      await waitFor(async () => (await shop.query(waiting)).length > 0, patient);
      await shop.query("alter system reset synchronous_standby_names");
      await shop.query("select pg_reload_conf()");
      await moving;
    } finally {
      await shop.query("alter system reset synchronous_standby_names");
      await shop.query("select pg_reload_conf()");
      await mover.end();
    }
    await shop.caughtUp();
    const created = (await shop.changes("products")).filter(({ operation }) => operation === "create");
    expect(created.map(({ after }) => after)).toEqual([{ id: 2, name: "x".repeat(5000), price: null }]);
  });

  it("says of a changed primary key that the row moved", async () => {
    shop.capture("public.products");
    await shop.query("insert into products values (1, 'pen')");
    await shop.caughtUp();
    await shop.query("update products set id = 9 where id = 1");
    await shop.caughtUp();
    const moved = (await shop.records("cdc.public.products")).filter(({ headers }) =>
      [...(headers?.keys() ?? [])].some((name) => name.startsWith("__debezium.")),
    );
    const said = moved.map(({ key, headers }) => [
      key,
      Buffer.from(headers!.get("__debezium.newkey") ?? []).toString(),
      Buffer.from(headers!.get("__debezium.oldkey") ?? []).toString(),
    ]);
    expect(said).toContainEqual(['{"id":1}', '{"id":9}', ""]);
    expect(said).toContainEqual(['{"id":9}', "", '{"id":1}']);
  });

  it("has a truncation", async () => {
    shop.capture("public.products");
    await shop.query("insert into products values (1, 'pen')");
    await shop.caughtUp();
    await shop.query("truncate products");
    await shop.caughtUp();
    expect((await shop.changes("products")).map(({ operation }) => operation)).toContain("truncate");
  });

  it("frees the log while only other tables are written (risingwave#16697, PeerDB-io/peerdb PR 3904)", async () => {
    await shop.query("create table other (id int)");
    shop.capture("public.products");
    await shop.caughtUp();
    const written = await shop.query("insert into other select generate_series(1, 1000)");
    expect(written).toEqual([]);
    const [{ lsn } = {}] = await shop.query("select pg_current_wal_lsn()::text as lsn");
    const isPast = async (place: "confirmed_flush_lsn" | "restart_lsn"): Promise<unknown> =>
      (
        await shop.query(
          `select ${place} >= $1::pg_lsn as yes from pg_replication_slots where database = current_database()`,
          [lsn],
        )
      )[0]!["yes"];
    await waitFor(() => isPast("confirmed_flush_lsn"), { ...patient, what: "the slot to move on" });
    const isFreed = async (): Promise<unknown> => {
      // The server writes, and then the slot takes, a place to start again from.
      await shop.query("checkpoint");
      return isPast("restart_lsn");
    };
    await waitFor(isFreed, { ...patient, intervalMs: 200, what: "what the slot keeps to be freed" });
  });
});
