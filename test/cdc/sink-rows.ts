import { systemClock } from "@footfall/base";
import { parseExactJson, type Row } from "@footfall/changes";
import { openLake } from "@footfall/lake";
import { LakeReplica } from "@footfall/replicas/lake";
import { Redis } from "ioredis";
import type { Client } from "pg";

/** How far a sink has come, by the names of its progress: `<topic>-<partition>`. */
export type SinkProgress = ReadonlyMap<string, bigint>;

/** Rows of a table, each column as PostgreSQL writes it, by `id`. */
export async function postgresRows(
  client: Client,
  table: string,
  columns: readonly string[],
): Promise<Map<string, Row>> {
  const texts = columns.map((name) => `"${name}"::text as "${name}"`).join(", ");
  const { rows } = await client.query<Row>(`select ${texts} from ${table}`);
  return new Map(rows.map((row) => [String(row["id"]), row]));
}

export async function postgresColumns(client: Client, table: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    "select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped",
    [table],
  );
  return rows.map(({ name }) => name);
}

export async function postgresProgress(client: Client): Promise<SinkProgress> {
  const { rows } = await client.query<{ name: string; value: string }>(
    "select name, value::text from footfall_progress where value is not null",
  );
  return new Map(rows.map(({ name, value }) => [name, BigInt(value)]));
}

/** Rows of a table as the envelope has them, by `id`. A column that the row does not have is null. */
export async function redisRows(url: string, table: string, columns: readonly string[]): Promise<Map<string, Row>> {
  const redis = new Redis(url);
  try {
    const found = new Map<string, Row>();
    for await (const keys of redis.scanStream({ match: `footfall:${table}:*`, count: 1_000 }) as AsyncIterable<
      string[]
    >) {
      if (keys.length === 0) continue;
      for (const text of await redis.mget(keys)) {
        const row = parseExactJson(text!) as Row;
        found.set(String(row["id"]), Object.fromEntries(columns.map((name) => [name, row[name] ?? null])));
      }
    }
    return found;
  } finally {
    redis.disconnect();
  }
}

export async function redisProgress(url: string): Promise<SinkProgress> {
  const redis = new Redis(url);
  try {
    const stored = await redis.hgetall("footfall:progress");
    return new Map(Object.entries(stored).map(([name, value]) => [name, BigInt(value)]));
  } finally {
    redis.disconnect();
  }
}

/** Rows of a table in the lake, by `id`, after what its history has is brought in. */
export async function lakeRows(root: string, table: string, columns: readonly string[]): Promise<Map<string, Row>> {
  const lake = await openLake({ root, clock: systemClock });
  try {
    const replica = LakeReplica.open({ lake, clock: systemClock, materializeIntervalMs: 0 });
    await replica.materialize();
    await replica.close();
    const rows = await lake.query<{ text: string }>(`SELECT "row" AS text FROM ${table}`);
    return new Map(
      rows.map(({ text }) => {
        const row = parseExactJson(text) as Row;
        return [String(row["id"]), Object.fromEntries(columns.map((name) => [name, row[name] ?? null]))];
      }),
    );
  } finally {
    await lake.close();
  }
}

export async function lakeProgress(root: string): Promise<SinkProgress> {
  const lake = await openLake({ root, clock: systemClock });
  try {
    const replica = LakeReplica.open({ lake, clock: systemClock, materializeIntervalMs: 0 });
    const progress = await replica.progress();
    await replica.close();
    return progress;
  } finally {
    await lake.close();
  }
}
