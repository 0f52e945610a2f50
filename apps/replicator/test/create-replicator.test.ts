import { join } from "node:path";
import { type ChangeEvent, changeRecords, changesTopic } from "@footfall/changes";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { systemClock } from "@footfall/base";
import { createLogger, Registry, type Service } from "@footfall/runtime";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createReplicator, type ReplicatorOptions } from "../src/create-replicator.ts";
import { MemoryReplica } from "./memory-replica.ts";

const patience = { deadlineMs: 20_000 };
let folder: TemporaryFolder;
let log: EventLog;
let replica: MemoryReplica;
let registry: Registry;
let replicator: Service | undefined;

beforeEach(async () => {
  folder = await temporaryFolder();
  log = await openEmbeddedLog({ folder: join(folder.path, "log") });
  replica = new MemoryReplica();
  registry = new Registry();
});
afterEach(async () => {
  await replicator?.stop();
  await log.close();
  await folder.remove();
});

function start(more: Partial<ReplicatorOptions> = {}): Service {
  const service = createReplicator({
    clock: systemClock,
    log,
    replica,
    registry,
    logger: createLogger({ name: "replicator", level: "silent" }),
    url: "redis://user:secret@cache:6379/0",
    tables: "public.products,public.orders",
    name: "footfall",
    commitIntervalMs: 10,
    ...more,
  });
  replicator = service;
  return service;
}

async function put(table: string, ids: readonly number[], lsn = 1n): Promise<void> {
  const topic = changesTopic({ schema: "public", table });
  await log.createTopic({ name: topic, partitions: 1 });
  const change = (id: number, index: number): ChangeEvent => ({
    schema: "public",
    table,
    operation: "create",
    key: { id },
    before: undefined,
    after: { id },
    position: { lsn, index },
    changedAtMs: 5_000,
    capturedAtMs: 6_000,
  });
  const source = { name: "shop", database: "shop", version: "1" };
  await log.append(
    topic,
    ids.flatMap((id, index) => [...changeRecords(change(id, index), source)]),
  );
}

const metric = async (name: string): Promise<unknown> => (await registry.getSingleMetric(name)!.get()).values;

it("brings tables into the replica, and counts what became of their changes", async () => {
  await put("products", [1, 2]);
  await put("products", [1, 2]);
  await put("orders", [7]);
  await log.append("cdc.public.orders", [{ key: "x", value: Buffer.from("{") }]);
  const service = start();
  await waitFor(() => service.health().length === 0, patience);
  await waitFor(() => replica.rows.size === 3, patience);
  const values = await metric("footfall_replicator_changes_total");
  for (const [table, result, value] of [
    ["public.products", "stored", 2],
    ["public.products", "repeat", 2],
    ["public.orders", "stored", 1],
    ["public.orders", "dead_letter", 1],
  ]) {
    expect(values).toContainEqual(expect.objectContaining({ labels: { table, result }, value }));
  }
  const lag = { labels: { table: "public.products", partition: 0 }, value: 0 };
  expect(await metric("footfall_replicator_lag_records")).toContainEqual(expect.objectContaining(lag));
  const changedAt = { labels: { table: "public.products" }, value: 5 };
  expect(await metric("footfall_replicator_changed_at_seconds")).toContainEqual(expect.objectContaining(changedAt));
});

it("waits at a table that is refused, says so, and goes on once it is not; other tables do not wait", async () => {
  replica.refused.add("orders");
  await put("products", [1]);
  await put("orders", [1, 2]);
  const service = start();
  await waitFor(() => replica.rows.size === 1 && service.health()[0]?.code === "REPLICA_TABLE_REFUSED", patience);
  expect(service.health()).toHaveLength(1);
  expect(service.health()[0]!.message).toContain("replica of public.orders");
  replica.refused.clear();
  await waitFor(() => replica.rows.size === 3 && service.health().length === 0, patience);
});

it("refuses tables that would be one in the target's schema", () => {
  expect(() => start({ schema: "copies", tables: "a.products,b.products" })).toThrow(
    "FOOTFALL_REPLICATOR_SCHEMA: a.products and b.products would be one table there",
  );
});

it("gives two targets groups of their own, and two members of one the same", async () => {
  await put("products", [1]);
  const groups: string[] = [];
  const watched = Object.assign(Object.create(log) as EventLog, {
    subscribe(options: Parameters<EventLog["subscribe"]>[0]) {
      groups.push(options.group!);
      return log.subscribe(options);
    },
  });
  for (const [at, url] of ["redis://a:1@cache/0", "redis://b:2@cache/0", "redis://cache/1"].entries()) {
    const service = start({ log: watched, url, tables: "public.products", registry: new Registry() });
    await waitFor(() => groups.length > at, patience);
    await service.stop();
  }
  expect(groups).toHaveLength(3);
  expect(groups[0]).toBe(groups[1]);
  expect(groups[2]).not.toBe(groups[0]);
});
