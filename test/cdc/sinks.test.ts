import { join } from "node:path";
import { changesTopic } from "@footfall/changes";
import { seededRandom } from "@footfall/base";
import { storageFolders } from "@footfall/runtime";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import type { PostgresServer } from "@footfall/testkit/postgres";
import { type RedisServer, startRedis } from "@footfall/testkit/redis";
import type { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AppProcess, startApp } from "../app-process.ts";
import { type CapturedDatabase, connect, differences, openDatabase, openServer, replay } from "./captured-database.ts";
import { canRunPostgres } from "./postgres-or-skip.ts";
import { canRunRedis } from "./redis-or-skip.ts";
import {
  lakeProgress,
  lakeRows,
  postgresColumns,
  postgresProgress,
  postgresRows,
  redisProgress,
  redisRows,
} from "./sink-rows.ts";
import { typedColumns } from "./typed-columns.ts";
import { type Writer, writeForever } from "./write-forever.ts";

const seed = Number(process.env["FC_SEED"] ?? Date.now() % 1_000_000);
/** Rows of the first copy, and changes that are written at least. */
const rowsMin = Number(process.env["FOOTFALL_SINKS_ROWS"] ?? 5_000);
/** Changes a second. */
const rate = Number(process.env["FOOTFALL_SINKS_RATE"] ?? 500);
const kills = Number(process.env["FOOTFALL_SINKS_KILLS"] ?? 5);
const tables = ["products", "orders", "wide"];
const tableList = ["products", "orders", "wide", "beacon"].map((table) => `public.${table}`).join(",");
const patient = { deadlineMs: 600_000, intervalMs: 100 };

describe.runIf(canRunPostgres() && canRunRedis())("sinks of a captured database", () => {
  let server: PostgresServer;
  let redis: RedisServer;
  let folder: TemporaryFolder;
  let shop: CapturedDatabase;
  let source: Client;
  let target: Client;
  const running = new Map<string, AppProcess>();
  const writers: Writer[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    [server, redis] = await Promise.all([openServer(), startRedis(folder.path)]);
  });
  afterAll(async () => {
    await server?.stop();
    await redis?.stop();
    await folder?.remove();
  });
  beforeEach(async () => {
    shop = await openDatabase(server);
    await shop.query("create database copies");
    source = await connect(shop.url);
    target = await connect(server.url("copies"));
    await makeTables();
  });
  afterEach(async () => {
    for (const writer of writers) await writer.stop();
    for (const app of running.values()) await app.kill();
    await source.end();
    await target.end();
    await shop.close();
  });

  const starts: Readonly<Record<string, () => Promise<AppProcess>>> = {
    capture: () =>
      startApp("cdc", shop.folder, {
        FOOTFALL_CDC_URL: shop.url,
        FOOTFALL_CDC_TABLES: tableList,
        FOOTFALL_CDC_SLOT: shop.slot,
        FOOTFALL_CDC_PUBLICATION: shop.slot,
      }),
    redis: () => startReplicator(redis.url),
    postgres: () => startReplicator(server.url("copies")),
    lake: () => startReplicator("lake:"),
  };
  const startReplicator = (url: string): Promise<AppProcess> =>
    startApp("replicator", shop.folder, {
      FOOTFALL_REPLICATOR_URL: url,
      FOOTFALL_REPLICATOR_TABLES: tableList,
      FOOTFALL_REPLICATOR_CHANGES_MAX: "500",
    });

  it(`are as the source row by row, whatever was killed when (FC_SEED=${seed})`, { timeout: 1_800_000 }, async () => {
    const random = seededRandom(seed);
    const common = { seed, rate: rate * 0.9 };
    writers.push(
      await writeForever(shop.url, { ...common, table: "products", keysMax: rowsMin, withTruncate: false }),
      await writeForever(shop.url, { ...common, rate: rate * 0.1, table: "orders", keysMax: 300, withTruncate: true }),
    );
    const startMs = performance.now();
    await Promise.all(Object.keys(starts).map(start));
    const victims = Object.keys(starts).sort(() => random() - 0.5);
    const restarts = new Map<string, Promise<void>>();
    for (let kill = 0; kill < kills; kill++) {
      const untilMs = performance.now() + random() * 1_500;
      await waitFor(() => performance.now() > untilMs, patient);
      const victim = victims[kill % victims.length]!;
      await restarts.get(victim);
      await running.get(victim)!.kill();
      // The next one is killed meanwhile.
      const restart = start(victim);
      restart.catch(() => {}); // told to whoever waits for it
      restarts.set(victim, restart);
      if (kill === Math.floor(kills / 2)) await addColumn();
    }
    await Promise.all(restarts.values());
    await waitFor(() => written() >= rowsMin, patient);
    const changes = written();
    for (const writer of writers) await writer.stop();
    const writtenMs = performance.now();
    await shop.query("truncate orders; insert into orders values (1, 'after', 1.10, null)");
    await shop.query(insertWide(2));
    await shop.copied(patient.deadlineMs).catch(explain);
    await shop.caughtUp(patient.deadlineMs).catch(explain);
    await waitFor(sinksAreThrough, { ...patient, what: "the sinks to be through" }).catch(explain);
    const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
    console.log(
      `seed ${seed}: ${rowsMin} rows, ${changes} changes in ${seconds(writtenMs - startMs)} s, ${kills} kills; ` +
        `sinks were through ${seconds(performance.now() - writtenMs)} s after the last change`,
    );
    for (const [name, app] of running) expect(await app.stop(), name).toBe(0);
    for (const table of tables) expect(await differencesOf(table), `table ${table}`).toEqual([]);
  });

  async function start(name: string): Promise<void> {
    running.set(name, await starts[name]!());
  }

  function lakeFolder(): string {
    return join(storageFolders(shop.folder).replicas, "footfall");
  }

  function written(): number {
    return writers.reduce((sum, writer) => sum + writer.count(), 0);
  }

  async function makeTables(): Promise<void> {
    for (const table of ["products", "orders"]) {
      await shop.query(`create table ${table} (id int primary key, name text, price numeric(10,2), body text)`);
      await shop.query(`alter table ${table} alter body set storage external`);
    }
    await shop.query(
      "insert into products select i, 'item', i / 7.0, repeat('x', 50 + i % 10 * 300) from generate_series(1, $1) i",
      [rowsMin],
    );
    const columns = typedColumns.map(([type], index) => `c${index} ${type}`).join(", ");
    await shop.query(`create type mood as enum ('bad', 'so, "so"'); create domain price as numeric(10,2);
      create table wide (id int primary key, ${columns}); ${insertWide(1)}`);
  }

  function insertWide(id: number): string {
    return `insert into wide values (${id}, ${typedColumns.map(([, literal]) => literal).join(", ")})`;
  }

  async function addColumn(): Promise<void> {
    await shop.query("alter table products add column note text");
    await shop.query("update products set note = 'noted ' || id where id % 50 = 0");
  }

  /** Whether the capture has come to the end of the source, and each sink to the end of the log. */
  async function sinksAreThrough(): Promise<boolean> {
    const ends = new Map<string, bigint>();
    for (const table of tables) {
      const topic = changesTopic({ schema: "public", table });
      const offsets = await shop.log.offsets(topic);
      for (const [partition, { endOffset }] of offsets.entries()) ends.set(`${topic}-${partition}`, endOffset);
    }
    // The lake last: to open it costs most.
    for (const read of [
      () => postgresProgress(target),
      () => redisProgress(redis.url),
      () => lakeProgress(lakeFolder()),
    ]) {
      const progress = await read();
      // Nothing is stored of a partition that holds nothing.
      for (const [name, endOffset] of ends) if ((progress.get(name) ?? 0n) < endOffset) return false;
    }
    return true;
  }

  /** The rows that any sink has otherwise. What the log says of every type is tested elsewhere. */
  async function differencesOf(table: string): Promise<readonly string[]> {
    const columns = await postgresColumns(source, table);
    const want = await postgresRows(source, table, columns);
    const copies = await postgresRows(target, `public.${table}`, columns);
    const inRedis = await redisRows(redis.url, `public.${table}`, columns);
    const inLake = await lakeRows(lakeFolder(), table, columns);
    expect(want.size).toBeGreaterThan(0);
    const told =
      table === "wide"
        ? new Map([...replay(await shop.changes(table)).values()].map((row) => [String(row["id"]), row]))
        : new Map([...want].map(([id, row]) => [id, { ...row, id: Number(id) }]));
    return [...differences(copies, want), ...differences(inRedis, told), ...differences(inLake, told)];
  }

  function explain(cause: unknown): never {
    const said = [...running].map(([name, { output }]) => `${name} says:\n${output.slice(-10).join("\n")}`);
    throw new Error(said.join("\n"), { cause });
  }
});
