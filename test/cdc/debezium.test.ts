import { join } from "node:path";
import { systemClock, type TenantId } from "@footfall/base";
import { type ChangeEvent, readChange, unavailableValue } from "@footfall/changes";
import type { EventLog, LogRecord } from "@footfall/log";
import { openKafkaLog } from "@footfall/log/kafka";
import { createRecommender } from "@footfall/recommender";
import { createLogger, Registry, type RunningServer, startServer } from "@footfall/runtime";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { type DebeziumConnect, startDebezium } from "@footfall/testkit/debezium";
import { bootstrapServers, startKafka, stopKafka } from "@footfall/testkit/kafka";
import type { PostgresServer } from "@footfall/testkit/postgres";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canRunKafka } from "../kafka/kafka-or-skip.ts";
import { connect, differences, openServer, patient, replay } from "./captured-database.ts";
import { canRunPostgres } from "./postgres-or-skip.ts";
import { createVariedTable, sourceRows, withTimes } from "./source-rows.ts";
import { TopicReader } from "./topic-reader.ts";
import { writeVaried } from "./write-varied.ts";

const seed = Number(process.env["FC_SEED"] ?? 5);
/** After a kill the next worker waits until the broker holds the one before for dead. */
const equalMaxMs = 120_000;
const tables = ["products", "documents"] as const;
/** By the prefix of their topics: with schemas decimals come as bytes, which is Debezium's own choice. */
const connectors = [
  { name: "wrapped", prefix: "wrapped", hasSchemas: true, settings: {} },
  { name: "plain", prefix: "plain", hasSchemas: false, settings: { "decimal.handling.mode": "string" } },
];

/** What is asked of the recommender, and of the table. */
const filters = [
  ["inStock=true", "in_stock"],
  ["inStock=false", "not in_stock"],
  ["priceMin=2.5&priceMax=80", "price between 2.5 and 80"],
  ["inStock=true&priceMax=8.05", "in_stock and price <= 8.05"],
  ["attr.tags=item%2040,item%2041,item%2042,item%2043", "tags && array['item 40','item 41','item 42','item 43']"],
] as const;

describe.runIf(canRunPostgres() && canRunKafka())("topics that Debezium writes", () => {
  let temporary: TemporaryFolder;
  let server: PostgresServer;
  let writers: Client[];
  let client: Client;
  let log: EventLog;
  let debezium: DebeziumConnect;

  beforeAll(async () => {
    temporary = await temporaryFolder();
    const kafka = startKafka({
      jarsFolder: ".kafka",
      folder: join(temporary.path, "cluster"),
      version: "4.4.0",
      brokers: 1,
    });
    server = await openServer();
    client = await connect(server.url());
    writers = await Promise.all([connect(server.url()), connect(server.url())]);
    for (const table of tables) await createVariedTable(client, table);
    await client.query("alter table documents replica identity full");
    const brokers = bootstrapServers(await kafka);
    log = await openKafkaLog({ brokers, clientId: "debezium-test" });
    for (const table of tables) await writeVaried(writers, table, 150, seed);
    debezium = await startDebezium({
      jarsFolder: ".kafka",
      folder: join(temporary.path, "connect"),
      bootstrapServers: brokers,
      connectors: connectors.map((connector) => ({
        ...connector,
        url: server.url(),
        tables: tables.map((table) => `public.${table}`).join(","),
      })),
    });
  });
  afterAll(async () => {
    await debezium?.stop();
    await log?.close();
    for (const opened of [client, ...(writers ?? [])]) await opened?.end();
    await Promise.all([server?.stop(), stopKafka(join(temporary.path, "cluster"))]);
    await temporary.remove();
  });

  const readers = new Map<string, TopicReader>();
  const recordsOf = (prefix: string, table: string): Promise<readonly LogRecord[]> => {
    const topic = `${prefix}.public.${table}`;
    const reader = readers.get(topic) ?? new TopicReader(log, topic);
    readers.set(topic, reader);
    return reader.read();
  };
  const changesOf = (records: readonly LogRecord[]): ChangeEvent[] =>
    records.flatMap((record) => {
      const read = readChange(record);
      if (read.is === "unreadable") throw new Error(read.reason);
      return read.is === "change" ? [read.change] : [];
    });
  /** Waits until the topic says what the table holds. */
  const expectEqual = async (prefix: string, table: (typeof tables)[number]): Promise<void> => {
    const want = await sourceRows(client, table);
    let found = ["nothing was read"];
    const isEqual = async (): Promise<boolean> => {
      const rows = replay(changesOf(await recordsOf(prefix, table)));
      found = differences(new Map([...rows].map(([key, row]) => [key, withTimes(row)])), want);
      return found.length === 0;
    };
    await waitFor(isEqual, { deadlineMs: equalMaxMs, intervalMs: 300, what: "equality" }).catch((error: Error) => {
      if (error.cause !== undefined) throw error;
    });
    const report = found.length === 0 ? "" : await debezium.report();
    expect(found, `${prefix}.public.${table}: ${report}`).toEqual([]);
    expect(want.size).toBeGreaterThan(20);
  };
  const expectAllEqual = async (): Promise<void> => {
    for (const { prefix } of connectors) for (const table of tables) await expectEqual(prefix, table);
  };

  it("give the tables row by row: snapshot, stream, truncation, and after a kill", async () => {
    await expectAllEqual();
    for (const table of tables) await writeVaried(writers, table, 300, seed + 1);
    await expectAllEqual();
    const beforeKill = (await recordsOf("plain", "products")).length;
    for (const table of tables) await writeVaried(writers, table, 150, seed + 2);
    await waitFor(async () => (await recordsOf("plain", "products")).length > beforeKill, patient);
    await debezium.kill();
    await client.query(`begin; truncate ${tables.join(", ")}; commit`);
    for (const table of tables) await writeVaried(writers, table, 300, seed + 3);
    await debezium.restart();
    for (const table of tables) await writeVaried(writers, table, 150, seed + 4);
    await expectAllEqual();
  });

  it.each(connectors)("have all kinds of changes, and large values that were not sent: $name", async ({ prefix }) => {
    for (const table of tables) {
      const records = await recordsOf(prefix, table);
      const changes = changesOf(records);
      const kinds = new Set(changes.map(({ operation }) => operation));
      expect([...kinds].sort()).toEqual(["create", "delete", "read", "truncate", "update"]);
      expect(records.some(({ value }) => value === null)).toBe(true);
      const unsent = ["doc", "raw", "tags", "sizes", "counts", "photo"].filter((column) =>
        changes.some(({ after }) => after?.[column] === unavailableValue),
      );
      // Under replica identity full Debezium fills them in by itself.
      expect(unsent).toHaveLength(table === "products" ? 6 : 0);
    }
  });

  it.each(connectors)("answer filters as the table would: $name", async ({ prefix }) => {
    const table = "products";
    await expectEqual(prefix, table);
    const recommender = await startRecommender(log, join(temporary.path, prefix), `${prefix}.public.${table}`);
    try {
      const idsOf = async (where: string): Promise<string[]> => {
        const { rows } = await client.query<{ id: number }>(`select id from ${table} where ${where}`);
        return rows.map(({ id }) => String(id)).sort();
      };
      for (const [query, where] of filters) {
        const answer = await fetch(`${recommender.url}/recommendations?limit=100&${query}`);
        const { items } = (await answer.json()) as { items: { itemId: string }[] };
        const ids = items.map(({ itemId }) => itemId).sort();
        expect(ids, query).toEqual(await idsOf(where));
        expect(ids.length, query).toBeGreaterThan(0);
      }
    } finally {
      await recommender.close();
    }
  });
});

/** On a topic of `createVariedTable`, without a model: what passes is shown, newest first. */
async function startRecommender(log: EventLog, folder: string, topic: string): Promise<RunningServer> {
  const logger = createLogger({ name: "recommender", level: "silent" });
  const registry = new Registry();
  const service = await createRecommender({
    log,
    modelsFolder: join(folder, "models"),
    keys: new Map(),
    defaultTenant: "demo" as TenantId,
    clock: systemClock,
    random: Math.random,
    logger,
    registry,
    catalogueSources: [
      {
        tenant: "demo",
        table: "public.products",
        topic,
        mapping: { columns: { id: "itemId" }, otherColumns: "attributes" },
        absent: "allow",
      },
    ],
  });
  const isRead = (): boolean => service.health().every(({ message }) => !message.includes("catalogue"));
  await waitFor(isRead, { ...patient, what: "the catalogue to be read" });
  expect(service.warnings?.()).toEqual([]);
  return startServer({ services: [service], host: "127.0.0.1", port: 0, logger, registry });
}
