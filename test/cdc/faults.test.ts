import { AppError } from "@footfall/base";
import { startTcpProxy, waitFor } from "@footfall/testkit";
import type { EventLog } from "@footfall/log";
import type { PostgresServer } from "@footfall/testkit/postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CapturedDatabase, openDatabase, openServer, patient, replay } from "./captured-database.ts";
import { canRunPostgres } from "./postgres-or-skip.ts";

describe.runIf(canRunPostgres())("a capture in trouble", () => {
  let server: PostgresServer;
  let shop: CapturedDatabase;
  beforeAll(
    async () =>
      void (server = await openServer({ max_slot_wal_keep_size: "4MB", min_wal_size: "32MB", max_wal_size: "32MB" })),
  );
  afterAll(() => server?.stop());
  beforeEach(async () => {
    shop = await openDatabase(server);
    await shop.query("create table products (id int primary key, name text)");
    await shop.query("insert into products select i, 'item' from generate_series(1, 20) i");
  });
  afterEach(() => shop.close());

  const ids = async (): Promise<number[]> =>
    [...replay(await shop.changes("products")).values()].map(({ id }) => Number(id)).sort((a, b) => a - b);
  const sourceIds = async (): Promise<number[]> =>
    (await shop.query("select id from products order by id")).map(({ id }) => Number(id));
  const confirmed = async (): Promise<string> =>
    String(
      (
        await shop.query("select confirmed_flush_lsn::text as lsn from pg_replication_slots where slot_name = $1", [
          shop.slot,
        ])
      )[0]!["lsn"],
    );

  it("confirms nothing that the log refused, and has it all later (kibae/pg-logical-replication#22)", async () => {
    let isAway = false;
    const log = Object.assign(Object.create(shop.log) as EventLog, {
      append: (topic: string, records: Parameters<EventLog["append"]>[1]) =>
        isAway
          ? Promise.reject(new AppError("LOG_UNAVAILABLE", "away", { retriable: true }))
          : shop.log.append(topic, records),
      createTopic: (spec: Parameters<EventLog["createTopic"]>[0]) => shop.log.createTopic(spec),
      offsets: (topic: string) => shop.log.offsets(topic),
      close: () => Promise.resolve(),
    });
    const cdc = shop.capture("public.products", { log });
    await shop.copied();
    await shop.caughtUp();
    isAway = true;
    await shop.query("insert into products values (21, 'new')");
    const [{ lsn } = {}] = await shop.query("select pg_current_wal_lsn()::text as lsn");
    await shop.query("insert into products select i, 'more' from generate_series(22, 300) i");
    await cdc.stop();
    const [{ is_before } = {}] = await shop.query("select $1::pg_lsn < $2::pg_lsn as is_before", [
      await confirmed(),
      lsn,
    ]);
    expect(is_before).toBe(true);
    isAway = false;
    shop.capture("public.products", { log });
    await shop.caughtUp();
    expect(await ids()).toEqual(await sourceIds());
  });

  it("goes on by itself when its connections break, and repeats nothing (pgjdbc/pgjdbc#1328)", async () => {
    const proxy = await startTcpProxy(server.port);
    shop.capture("public.products", { url: shop.url.replace(`:${server.port}/`, `:${proxy.port}/`), random: () => 0 });
    await shop.copied();
    for (let id = 100; id < 140; id++) {
      await shop.query("insert into products values ($1, 'x')", [id]);
      if (id % 10 === 0) proxy.cut();
    }
    await shop.caughtUp();
    const created = (await shop.changes("products")).filter(({ operation }) => operation === "create");
    expect(created).toHaveLength(40);
    expect(await ids()).toEqual(await sourceIds());
    await proxy.close();
  });

  it("lets the server shut down, and goes on after it (pgjdbc/pgjdbc#1490)", async () => {
    const own = await openServer();
    const other = await openDatabase(own);
    await other.query("create table products (id int primary key)");
    const cdc = other.capture("public.products", { random: () => 0 });
    await other.query("insert into products values (1)");
    await other.caughtUp();
    const startMs = performance.now();
    await own.restart();
    expect(performance.now() - startMs).toBeLessThan(20_000);
    await other.reconnect();
    await other.query("insert into products values (2)");
    await other.caughtUp();
    expect((await other.changes("products")).map(({ key }) => key["id"]).sort()).toEqual([1, 2]);
    expect(cdc.health()).toEqual([]);
    await other.close();
    await own.stop();
  });

  it.each([
    ["is gone", async (): Promise<void> => void (await shop.query("select pg_drop_replication_slot($1)", [shop.slot]))],
    [
      "was made anew (debezium/debezium PR 3970)",
      async (): Promise<void> => {
        await shop.query("select pg_drop_replication_slot($1)", [shop.slot]);
        await shop.query("insert into products values (500, 'unseen')");
        await shop.query("select pg_create_logical_replication_slot($1, 'pgoutput')", [shop.slot]);
      },
    ],
    [
      "lost its log (wal_status lost)",
      async (): Promise<void> => {
        const isLost = async (): Promise<boolean> => {
          await shop.query("create table if not exists filler (body text)");
          await shop.query("insert into filler select repeat('x', 1000) from generate_series(1, 20000)");
          await shop.query("select pg_switch_wal()");
          await shop.query("checkpoint");
          const rows = await shop.query("select wal_status from pg_replication_slots where slot_name = $1", [
            shop.slot,
          ]);
          return rows[0]!["wal_status"] === "lost";
        };
        await waitFor(isLost, patient);
      },
    ],
  ])("stops at a slot that %s, until told to copy anew: without ghosts", async (_what, lose) => {
    const first = shop.capture("public.products");
    await shop.copied();
    await shop.caughtUp();
    await first.stop();
    await shop.query("delete from products where id <= 5");
    await lose();
    const second = shop.capture("public.products");
    await waitFor(() => second.health()[0]?.code === "CDC_SLOT_LOST", patient);
    expect(second.health()[0]!.message).toContain("--resnapshot");
    await second.stop();
    const third = shop.capture("public.products", { isResnapshot: true });
    await waitFor(() => third.health().length === 0, patient);
    await shop.copied();
    await shop.caughtUp();
    expect(await ids()).toEqual(await sourceIds());
    expect(await ids()).not.toContain(1);
  });

  it("refuses a table without a primary key, and leaves its updates working", async () => {
    await shop.query("create table keyless (id int)");
    const cdc = shop.capture("public.products,public.keyless");
    await waitFor(() => cdc.health()[0]?.code === "CDC_TABLE_REFUSED", patient);
    expect(cdc.health()[0]!.message).toContain("public.keyless has no primary key");
    await shop.query("insert into keyless values (1)");
    await shop.query("update keyless set id = 2");
    expect(await shop.query("select * from pg_publication_tables where pubname = $1", [shop.slot])).toEqual([]);
  });

  it("copies a table again that was dropped and made anew, without ghosts", async () => {
    const first = shop.capture("public.products");
    await shop.copied();
    await shop.caughtUp();
    await first.stop();
    await shop.query("drop table products");
    await shop.query("create table products (id int primary key, name text)");
    await shop.query("insert into products values (77, 'anew')");
    shop.capture("public.products");
    await shop.copied();
    await shop.caughtUp();
    expect(await ids()).toEqual([77]);
  });

  it("has all rows of a COPY that a restart has cut, though they share one lsn (debezium/dbz#1554)", async () => {
    let isFull = false;
    const log = Object.assign(Object.create(shop.log) as EventLog, {
      async append(topic: string, records: Parameters<EventLog["append"]>[1]) {
        if (isFull && topic === "cdc.public.products")
          throw new AppError("LOG_UNAVAILABLE", "away", { retriable: true });
        isFull = records.length > 1_000;
        return shop.log.append(topic, records);
      },
      createTopic: (spec: Parameters<EventLog["createTopic"]>[0]) => shop.log.createTopic(spec),
      offsets: (topic: string) => shop.log.offsets(topic),
      close: () => Promise.resolve(),
    });
    const cdc = shop.capture("public.products", { log });
    await shop.copied();
    await shop.caughtUp();
    await shop.query(`copy products from program 'seq -f "%.0f,${"y".repeat(900)}" 1000 13000' (format csv)`);
    await waitFor(() => isFull, { ...patient, what: "a part of the COPY to be appended" });
    await cdc.stop();
    const cut = await ids();
    expect(cut.length).toBeGreaterThan(1_000);
    expect(cut.length).toBeLessThan(12_021);
    shop.capture("public.products");
    await shop.caughtUp();
    const changes = (await shop.changes("products")).filter(({ operation }) => operation === "create");
    expect(new Set(changes.map(({ position }) => position.lsn)).size).toBe(1);
    expect(await ids()).toEqual(await sourceIds());
    // Who keeps what was told first has each of them too: the second time it has the place that it had.
    const places = new Map(changes.map(({ position, key }) => [position.index, Number(key["id"])]));
    expect([...places].every(([index, id]) => id === 1_000 + index)).toBe(true);
    expect(places.size).toBe(12_001);
  });

  it("takes a transaction that is larger than its queue, in parts", async () => {
    shop.capture("public.products", { queueBytesMax: 65_536 });
    await shop.copied();
    await shop.query("insert into products select i, repeat('y', 200) from generate_series(1000, 41000) i");
    await shop.caughtUp();
    const changes = await shop.changes("products");
    expect(changes.filter(({ operation }) => operation === "create")).toHaveLength(40_001);
  });
});
