import { parseExactJson, type Row } from "@footfall/changes";
import { temporaryFolder, type TemporaryFolder, waitFor } from "@footfall/testkit";
import type { PostgresServer } from "@footfall/testkit/postgres";
import { type RedisServer, startRedis } from "@footfall/testkit/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppProcess, startApp } from "../app-process.ts";
import { type CapturedDatabase, differences, openDatabase, openServer } from "./captured-database.ts";
import { canRunPostgres } from "./postgres-or-skip.ts";
import { canRunRedis } from "./redis-or-skip.ts";
import { redisProgress, redisRows } from "./sink-rows.ts";

const patient = { deadlineMs: 120_000, intervalMs: 50 };
const columns = ["id", "name", "price"];

describe.runIf(canRunPostgres() && canRunRedis())("a replica that is reset", () => {
  let server: PostgresServer;
  let redisServer: RedisServer;
  let folder: TemporaryFolder;
  let shop: CapturedDatabase;
  let redis: Redis;
  let replicator: AppProcess | undefined;

  beforeAll(async () => {
    folder = await temporaryFolder();
    [server, redisServer] = await Promise.all([openServer(), startRedis(folder.path)]);
    redis = new Redis(redisServer.url);
    shop = await openDatabase(server);
    await shop.query("create table products (id int primary key, name text, price numeric(10,2))");
    await shop.query("insert into products select i, 'item ' || i, i / 7.0 from generate_series(1, 500) i");
  });
  afterAll(async () => {
    await replicator?.kill();
    redis?.disconnect();
    await shop?.close();
    await server?.stop();
    await redisServer?.stop();
    await folder?.remove();
  });

  it("is made anew by the command, equals the source and goes on; what is not its own stays", async () => {
    shop.capture("public.products");
    await shop.copied();
    await start();
    await untilThrough();
    expect(await wrongRows()).toEqual([]);

    await replicator!.stop();
    await redis.set(keyOf(1), '{"id":1,"name":"spoilt","price":"0.00"}');
    await redis.del(keyOf(2));
    await redis.set(keyOf(9_999), '{"id":9999,"name":"ghost","price":"0.00"}');
    await redis.set("footfallish:public.products:1", "of another program");
    await shop.query("update products set name = 'meanwhile' where id = 3; delete from products where id = 4");
    await shop.caughtUp();
    await start();
    await untilThrough();
    // Who only reads on repairs nothing.
    expect(await wrongRows()).toHaveLength(3);

    expect(await replicator!.stop()).toBe(0);
    await start(["--reset"]);
    await untilThrough();
    expect(await wrongRows()).toEqual([]);
    expect(replicator!.output.filter((line) => line.includes("the replica is empty"))).toHaveLength(1);
    expect(await redis.get("footfallish:public.products:1")).toBe("of another program");
    expect(parseExactJson((await redis.get(keyOf(3)))!)).toEqual({ id: 3, name: "meanwhile", price: "0.43" });

    await shop.query("update products set price = 9.99 where id = 5; insert into products values (501, 'late', 1)");
    await shop.caughtUp();
    await untilThrough();
    expect(await wrongRows()).toEqual([]);
  });

  const keyOf = (id: number): string => `footfall:public.products:${id}`;

  async function start(parameters: readonly string[] = []): Promise<void> {
    const settings = { FOOTFALL_REPLICATOR_URL: redisServer.url, FOOTFALL_REPLICATOR_TABLES: "public.products" };
    replicator = await startApp("replicator", shop.folder, settings, parameters);
  }

  async function untilThrough(): Promise<void> {
    const topic = "cdc.public.products";
    const ends = (await shop.log.offsets(topic)).map(({ endOffset }) => endOffset);
    const isThrough = async (): Promise<boolean> => {
      const progress = await redisProgress(redisServer.url);
      return ends.every((end, partition) => (progress.get(`${topic}-${partition}`) ?? 0n) >= end);
    };
    await waitFor(isThrough, { ...patient, what: "the replica to be through" }).catch((cause) => {
      throw new Error(`the replicator says:\n${replicator!.output.slice(-10).join("\n")}`, { cause });
    });
  }

  /** At most three. */
  async function wrongRows(): Promise<readonly string[]> {
    const rows = await shop.query("select id, name, price::text from products");
    const want = new Map(rows.map((row) => [String(row["id"]), row as Row]));
    return differences(await redisRows(redisServer.url, "public.products", columns), want);
  }
});
