import { AppError } from "@footfall/base";
import { type ColumnValue, parseExactJson, type Row, stringifyExactJson, type TableName } from "@footfall/changes";
import { Redis } from "ioredis";
import { fillUnavailable } from "../fill-unavailable.ts";
import type { ExpectedReplicaProgress, PlacedChange, Replica, ReplicaProgress } from "../replica.ts";
import { storeScript } from "./store-script.ts";

export interface RedisReplicaOptions {
  /** `redis://user:password@host:port/db`, or `rediss:`. */
  readonly url: string;
  /** Begins every key. Default `footfall:`. Two replicas on one server need two. */
  readonly prefix?: string;
}

/**
 * Rows in Redis: key `<prefix><schema>.<table>:<primary key>`, value the row in JSON. The values of a primary key of
 * several columns have `:` between them; a `:` or `%` within a value is written as in an URL.
 *
 * Progress is a hash beside the rows and changes with them in one script, so a server that loses its last second after
 * a crash has lost both, and is filled again from there. Redis Cluster is not supported: a script has one server.
 */
export class RedisReplica implements Replica {
  readonly #redis: Redis;
  readonly #prefix: string;

  private constructor(redis: Redis, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  static open({ url, prefix = "footfall:" }: RedisReplicaOptions): RedisReplica {
    // Who is away is told at once: whoever asks tries again, and says so.
    const redis = new Redis(url, { maxRetriesPerRequest: 0, lazyConnect: true, enableOfflineQueue: true });
    redis.on("error", () => {}); // each command tells
    redis.defineCommand("footfallStore", { numberOfKeys: 1, lua: storeScript });
    return new RedisReplica(redis, prefix);
  }

  async progress(): Promise<ReplicaProgress> {
    const stored = await this.#ask((redis) => redis.hgetall(this.#progressKey));
    return new Map(Object.entries(stored).map(([name, value]) => [name, BigInt(value)]));
  }

  async store(
    changes: readonly PlacedChange[],
    progress: ReplicaProgress,
    expected: ExpectedReplicaProgress,
  ): Promise<void> {
    const whole = await fillUnavailable(changes, tableAndRowOf, (lacking) => this.#rows(lacking));
    const words = [
      this.#prefix,
      ...counted([...expected].map(([name, value]) => [name, `${value ?? ""}`])),
      ...counted([...progress].map(([name, value]) => [name, `${value}`])),
      ...counted(whole.map(operationOf)),
    ];
    const other = await this.#ask((redis) =>
      (redis as unknown as RedisWithScript).footfallStore(this.#progressKey, ...words),
    );
    if (other === "") return;
    throw new AppError("REPLICA_WRITER_FENCED", `Another writer has moved the replica in Redis on: ${other}.`, {
      context: { prefix: this.#prefix },
    });
  }

  async reset(): Promise<void> {
    await this.#ask(async (redis) => {
      // First: who is broken off here is filled from the start of the log, and misses nothing.
      await redis.unlink(this.#progressKey);
      const pattern = `${this.#prefix.replace(/[*?[\]\\]/g, "\\$&")}*`;
      for await (const keys of redis.scanStream({ match: pattern, count: 1_000 }) as AsyncIterable<string[]>) {
        if (keys.length > 0) await redis.unlink(...keys);
      }
    });
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
  }

  async #rows(changes: readonly PlacedChange[]): Promise<readonly (Row | undefined)[]> {
    const keys = changes.map((change) => `${this.#prefix}${tableAndRowOf(change)}`);
    const texts = await this.#ask((redis) => redis.mget(keys));
    return texts.map((text) => (text === null ? undefined : (parseExactJson(text) as Row)));
  }

  get #progressKey(): string {
    return `${this.#prefix}progress`;
  }

  async #ask<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      return await command(this.#redis);
    } catch (cause) {
      const message = `Redis does not store or answer: ${(cause as Error).message}`;
      throw new AppError("REPLICA_UNAVAILABLE", message, { cause, retriable: true });
    }
  }
}

interface RedisWithScript {
  footfallStore(progressKey: string, ...words: string[]): Promise<string>;
}

function counted(groups: readonly (readonly string[])[]): readonly string[] {
  return [`${groups.length}`, ...groups.flat()];
}

function operationOf({ change, place }: PlacedChange): readonly string[] {
  const at = [tableOf(change), `${place.partition}`];
  if (change.operation === "truncate") return ["t", ...at, "", ""];
  const { after } = change;
  const key = rowKeyOf(change.key);
  return after === undefined ? ["d", ...at, key, ""] : ["s", ...at, key, stringifyExactJson(after)];
}

function tableOf({ schema, table }: TableName): string {
  return `${schema}.${table}`;
}

function tableAndRowOf({ change }: PlacedChange): string {
  return `${tableOf(change)}:${rowKeyOf(change.key)}`;
}

function rowKeyOf(key: Row): string {
  return Object.values(key).map(keyPart).join(":");
}

function keyPart(value: ColumnValue): string {
  const text = typeof value === "string" ? value : stringifyExactJson(value);
  return text.replace(/[%:]/g, (char) => (char === "%" ? "%25" : "%3A"));
}
