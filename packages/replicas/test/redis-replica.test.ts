import { parseExactJson, type Row } from "@footfall/changes";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { type RedisServer, startRedis } from "@footfall/testkit/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RedisReplica } from "../src/redis/redis-replica.ts";
import { canRunRedis } from "../../../test/cdc/redis-or-skip.ts";
import { replicaContract } from "./replica-contract.ts";

describe.skipIf(!canRunRedis())("Redis", () => {
  let folder: TemporaryFolder;
  let server: RedisServer;

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await startRedis(folder.path);
  });
  afterAll(async () => {
    await server?.stop();
    await folder?.remove();
  });

  replicaContract("Redis", () => ({
    open: () => RedisReplica.open({ url: server.url }),
    rows: (schema, table) => rowsOf(server.url, `footfall:${schema}.${table}:`),
  }));

  const place = { topic: "cdc.public.orders", partition: 0 };
  const change = (key: Row, after: Row) => ({
    place,
    change: {
      schema: "public",
      table: "orders",
      operation: "create" as const,
      key,
      before: undefined,
      after,
      position: { lsn: 1n, index: 0 },
      changedAtMs: 0,
      capturedAtMs: 0,
    },
  });

  it("has a key for each row that tells all columns of the primary key apart", async () => {
    const replica = RedisReplica.open({ url: server.url, prefix: "apart:" });
    const keys = [
      { a: "1:2", b: "3" },
      { a: "1", b: "2:3" },
      { a: "1%3A2", b: "3" },
    ];
    await replica.store(
      keys.map((key) => change(key, key)),
      new Map(),
      new Map(),
    );
    expect(await rowsOf(server.url, "apart:public.orders:")).toHaveLength(3);
    const redis = new Redis(server.url);
    expect(await redis.get("apart:public.orders:1%3A2:3")).toBe(JSON.stringify(keys[0]));
    redis.disconnect();
    await replica.reset();
    await replica.close();
  });

  it("is told to be away, and serves again after a kill with all that it had stored", async () => {
    const replica = RedisReplica.open({ url: server.url, prefix: "killed:" });
    const exact = { id: 9007199254740993n, price: "19.90" };
    await replica.store([change({ id: 1 }, exact)], new Map([["x", 7n]]), new Map([["x", undefined]]));
    await server.kill();
    await expect(replica.progress()).rejects.toMatchObject({ code: "REPLICA_UNAVAILABLE", retriable: true });
    await server.start();
    await expect
      .poll(() => replica.progress().catch(() => undefined), { timeout: 20_000 })
      .toEqual(new Map([["x", 7n]]));
    expect(await rowsOf(server.url, "killed:public.orders:")).toEqual([exact]);
    await replica.reset();
    await replica.close();
  });
});

async function rowsOf(url: string, prefix: string): Promise<Row[]> {
  const redis = new Redis(url);
  try {
    const rows: Row[] = [];
    for await (const keys of redis.scanStream({ match: `${prefix}*` }) as AsyncIterable<string[]>) {
      if (keys.length === 0) continue;
      for (const text of await redis.mget(keys)) rows.push(parseExactJson(text!) as Row);
    }
    return rows;
  } finally {
    redis.disconnect();
  }
}
