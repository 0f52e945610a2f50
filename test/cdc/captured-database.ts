import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@footfall/base";
import {
  type ChangeEvent,
  changesTopic,
  comparePositions,
  readChange,
  type Row,
  unavailableValue,
} from "@footfall/changes";
import { createCdc, type CdcOptions } from "@footfall/cdc";
import type { EventLog, LogRecord } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { createLogger, Registry, type Service } from "@footfall/runtime";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { type PostgresServer, startPostgres } from "@footfall/testkit/postgres";
import { Client } from "pg";

export const patient = { deadlineMs: 60_000, intervalMs: 10 };

/** A database of its own, a log, and captures of it. */
export interface CapturedDatabase {
  /** Name of the slot and of the publication. */
  readonly slot: string;
  readonly url: string;
  readonly folder: string;
  readonly log: EventLog;
  /** After a restart of the server. */
  reconnect(): Promise<void>;
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Starts a capture of these tables; the one before must have been stopped. */
  capture(tables: string, more?: Partial<CdcOptions>): Service;
  /** All records of a topic, partition by partition. */
  records(topic: string): Promise<LogRecord[]>;
  /** How many there are; none of a topic that is not there yet. */
  recordCount(topic: string): Promise<number>;
  changes(table: string): Promise<ChangeEvent[]>;
  /** Waits until the first copy of all tables is whole. @param deadlineMs  default 60,000 */
  copied(deadlineMs?: number): Promise<void>;
  /** Waits until a row that is written now has come through, and with it all before. @param deadlineMs  as above */
  caughtUp(deadlineMs?: number): Promise<void>;
  close(): Promise<void>;
}

let databases = 0;

/**
 * @param server  started and stopped by the caller
 * @param otherLog  in place of an embedded one; closed with the database
 */
export async function openDatabase(server: PostgresServer, otherLog?: EventLog): Promise<CapturedDatabase> {
  const folder: TemporaryFolder = await temporaryFolder();
  const name = `shop_${++databases}`;
  const admin = await connect(server.url());
  await admin.query(`create database ${name}`);
  await admin.end();
  const url = server.url(name);
  let client = await connect(url);
  const log = otherLog ?? (await openEmbeddedLog({ folder: join(folder.path, "log") }));
  await client.query("create table beacon (id int primary key)");
  let beacons = 0;
  let service: Service | undefined;
  const records = async (topic: string): Promise<LogRecord[]> => {
    const all: LogRecord[] = [];
    const offsets = await log.offsets(topic);
    for (const [partition, { startOffset }] of offsets.entries()) {
      for await (const batch of log.read({ topic, partition, startOffset })) all.push(...batch.records);
    }
    return all;
  };
  const changes = async (table: string): Promise<ChangeEvent[]> =>
    (await records(changesTopic({ schema: "public", table }))).flatMap((record) => {
      const read = readChange(record);
      if (read.is === "unreadable") throw new Error(read.reason);
      return read.is === "change" ? [read.change] : [];
    });
  return {
    slot: name,
    url,
    folder: folder.path,
    log,
    records,
    async recordCount(topic) {
      const offsets = await log.offsets(topic).catch(() => []);
      return offsets.reduce((sum, { endOffset }) => sum + Number(endOffset), 0);
    },
    changes,
    async reconnect() {
      client = await connect(url);
    },
    query: async (sql, values) => (await client.query<Record<string, unknown>>(sql, values)).rows,
    capture(tables, more = {}) {
      service = createCdc({
        log,
        clock: systemClock,
        random: Math.random,
        logger: createLogger({ name: "cdc", level: process.env["CDC_LOG"] ?? "silent" }),
        registry: new Registry(),
        folder: join(folder.path, "cdc"),
        url,
        tables: `${tables},public.beacon`,
        slot: name,
        publication: name,
        confirmIntervalMs: 0,
        ...more,
      });
      return service;
    },
    async copied(deadlineMs = patient.deadlineMs) {
      const isDone = async (): Promise<boolean> => {
        // Before that the file is of the capture before.
        if (service !== undefined && service.health().length > 0) return false;
        const text = await readFile(join(folder.path, "cdc", `${name}.json`), "utf8");
        const { tables } = JSON.parse(text) as { tables: Record<string, { state: string }> };
        return Object.values(tables).every(({ state }) => state === "done");
      };
      await waitFor(isDone, {
        ...patient,
        deadlineMs,
        what: `the first copy; health ${JSON.stringify(service?.health())}`,
      });
    },
    async caughtUp(deadlineMs = patient.deadlineMs) {
      const id = ++beacons;
      await client.query("insert into beacon values ($1)", [id]);
      const came = async (): Promise<boolean> => (await changes("beacon")).some(({ key }) => key["id"] === id);
      await waitFor(came, {
        ...patient,
        deadlineMs,
        what: `beacon ${id}; health ${JSON.stringify(service?.health())}`,
      });
    },
    async close() {
      await service?.stop();
      await client.query("select pg_drop_replication_slot($1) from pg_replication_slots where slot_name = $1", [name]);
      await client.end();
      await log.close();
      await folder.remove();
    },
  };
}

export async function connect(url: string): Promise<Client> {
  const client = new Client(url);
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** Starts a server in a folder of its own, which goes with it. */
export async function openServer(settings?: Readonly<Record<string, string>>): Promise<PostgresServer> {
  const folder = await temporaryFolder();
  const server = await startPostgres({ folder: folder.path, ...(settings && { settings }) });
  return {
    ...server,
    async stop() {
      await server.stop();
      await folder.remove();
    },
  };
}

/**
 * The rows that a reader has who keeps, of each row, what stands at the greatest position: it meets changes in any
 * order of partitions, and repeats.
 */
export function replay(changes: readonly ChangeEvent[]): Map<string, Row> {
  return replayAsTold([...changes].sort((a, b) => comparePositions(a.position, b.position)));
}

/** The rows of a reader who takes changes as they come and looks at no position. */
export function replayAsTold(changes: readonly ChangeEvent[]): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const { operation, key, after } of changes) {
    const text = JSON.stringify(Object.values(key).map(String));
    if (operation === "truncate") rows.clear();
    else if (operation === "delete") rows.delete(text);
    else rows.set(text, kept(after!, rows.get(text)));
  }
  return rows;
}

/** A column that was not sent is as it was. */
function kept(after: Row, old: Row | undefined): Row {
  const keep = ([name, value]: [string, Row[string]]): [string, Row[string]] => [
    name,
    value === unavailableValue && old && name in old ? old[name]! : value,
  ];
  return Object.fromEntries(Object.entries(after).map(keep));
}

/** The rows that differ, at most three of them, and shortened: whole tables are no message. */
export function differences(have: ReadonlyMap<string, Row>, want: ReadonlyMap<string, Row>): string[] {
  const keys = new Set([...have.keys(), ...want.keys()]);
  const textOf = (row: Row | undefined, shorten?: (value: unknown) => unknown): string =>
    JSON.stringify(row && Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)), (_key, value: unknown) =>
      typeof value === "bigint" ? `${value}n` : shorten ? shorten(value) : value,
    );
  const shortOf = (row: Row | undefined): string =>
    textOf(row, (value) => {
      if (typeof value === "string" && value.length > 60) return `${value.slice(0, 8)}…${value.length}`;
      return Array.isArray(value) && value.length > 20 ? `list of ${value.length}` : value;
    });
  return [...keys]
    .filter((key) => textOf(have.get(key)) !== textOf(want.get(key)))
    .slice(0, 3)
    .map((key) => `${key}: have ${shortOf(have.get(key))}, want ${shortOf(want.get(key))}`);
}
