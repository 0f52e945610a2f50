import { comparePositions, type Row } from "@footfall/changes";
import { waitFor } from "@footfall/testkit";
import type { PostgresServer } from "@footfall/testkit/postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type CapturedDatabase,
  connect,
  differences,
  openDatabase,
  openServer,
  patient,
  replay,
} from "./captured-database.ts";
import { canRunPostgres } from "./postgres-or-skip.ts";
import { writeForever } from "./write-forever.ts";

describe.runIf(canRunPostgres())("the first copy of a table", () => {
  let server: PostgresServer;
  let shop: CapturedDatabase;
  beforeAll(async () => void (server = await openServer()));
  afterAll(() => server?.stop());
  beforeEach(async () => {
    shop = await openDatabase(server);
    await shop.query("create table products (id int primary key, name text, price numeric(10,2), body text)");
    await shop.query("alter table products alter body set storage external");
  });
  afterEach(() => shop.close());

  const fill = (rows: number): Promise<unknown> =>
    shop.query(
      `insert into products select i, 'item ' || i, i / 7.0, repeat('x', 3000) from generate_series(1, ${rows}) i`,
    );
  const source = async (): Promise<Map<string, Row>> =>
    new Map(
      (await shop.query("select id, name, price::text, body from products")).map((row) => [
        JSON.stringify([String(row["id"])]),
        row as Row,
      ]),
    );
  const hasBegun = async (): Promise<boolean> => (await shop.recordCount("cdc.public.products")) > 0;

  it("has each row once where nobody writes", async () => {
    await fill(1_000);
    shop.capture("public.products", { chunkRows: 300 });
    const reads = async () => (await shop.changes("products")).filter(({ operation }) => operation === "read");
    await shop.copied();
    expect(await reads()).toHaveLength(1_000);
    expect(differences(replay(await shop.changes("products")), await source())).toEqual([]);
  });

  it("equals the source under writes, moved keys and large values that were not sent (apache/seatunnel PR 11556)", async () => {
    await fill(3_000);
    const writer = await writeForever(shop.url, { table: "products", keysMax: 4_000, seed: 7, withTruncate: false });
    const cdc = shop.capture("public.products", { chunkRows: 50 });
    await waitFor(hasBegun, patient);
    await waitFor(() => writer.count() > 1_500, { ...patient, what: "writes" });
    await writer.stop();
    await shop.copied();
    await shop.caughtUp();
    expect(cdc.health()).toEqual([]);
    const changes = await shop.changes("products");
    // Both happened at once, or nothing was tested.
    expect(changes.filter(({ operation }) => operation === "read").length).toBeGreaterThan(1_000);
    expect(changes.filter(({ operation }) => operation === "update").length).toBeGreaterThan(300);
    expect(differences(replay(changes), await source())).toEqual([]);
    expectOnePlaceEach(changes);
  });

  it("goes on after a stop, and copies no chunk again that was whole", async () => {
    await fill(2_000);
    const first = shop.capture("public.products", { chunkRows: 20 });
    await waitFor(async () => (await shop.recordCount("cdc.public.products")) > 200, patient);
    await first.stop();
    const before = (await shop.changes("products")).length;
    expect(before).toBeLessThan(2_000);
    shop.capture("public.products", { chunkRows: 500 });
    await shop.copied();
    await shop.caughtUp();
    const changes = await shop.changes("products");
    expect(changes.length).toBeGreaterThanOrEqual(2_000);
    expect(changes.length).toBeLessThanOrEqual(2_020);
    expect(differences(replay(changes), await source())).toEqual([]);
  });

  it("reads a chunk again whose columns changed meanwhile (debezium/debezium PR 2969)", async () => {
    await fill(2_000);
    const altering = await connect(shop.url);
    shop.capture("public.products", { chunkRows: 10 });
    await waitFor(hasBegun, patient);
    await altering.query("alter table products rename name to title");
    await altering.query("update products set title = 'new' where id % 50 = 0");
    await altering.query("alter table products add stock int");
    await altering.query("update products set stock = id where id % 40 = 0");
    await altering.end();
    await shop.copied();
    await shop.caughtUp();
    const rows = replay(await shop.changes("products"));
    for (const row of await shop.query("select id, title, stock, price::text, body from products where id % 200 = 0")) {
      expect(rows.get(JSON.stringify([String(row["id"])]))).toEqual(row);
    }
    expect(rows.size).toBe(2_000);
  });

  it("waits for a transaction that had begun before, and has its rows once", async () => {
    await fill(100);
    const other = await connect(shop.url);
    shop.capture("public.products", { chunkRows: 10 });
    await waitFor(hasBegun, patient);
    await other.query("begin");
    await other.query("update products set name = 'held' where id in (1, 100)");
    await other.query("delete from products where id = 99");
    await shop.copied();
    await shop.caughtUp();
    await other.query("commit");
    await other.end();
    await shop.caughtUp();
    expect(differences(replay(await shop.changes("products")), await source())).toEqual([]);
  });

  it("orders composite keys of any type as the index does", async () => {
    await shop.query(
      `create table orders (shop text, at timestamptz, line numeric, note text, primary key (at, shop, line))`,
    );
    await shop.query(
      `insert into orders select 'S' || i % 3, '2026-01-01'::timestamptz + i % 5 * interval '1 h', i, 'n' from generate_series(1, 200) i`,
    );
    shop.capture("public.orders", { chunkRows: 7 });
    await shop.copied();
    const changes = await shop.changes("orders");
    expect(replay(changes).size).toBe(200);
    expect(Object.keys(changes[0]!.key)).toEqual(["at", "shop", "line"]);
  });

  function expectOnePlaceEach(changes: Awaited<ReturnType<CapturedDatabase["changes"]>>): void {
    const sorted = [...changes].sort((a, b) => comparePositions(a.position, b.position));
    const repeats = sorted.filter((each, index) => {
      const before = sorted[index - 1];
      return before !== undefined && comparePositions(before.position, each.position) === 0;
    });
    expect(repeats).toEqual([]);
  }
});
