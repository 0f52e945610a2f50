import { seededRandom } from "@footfall/base";
import { connect } from "./captured-database.ts";

export interface Writer {
  /** Rows changed since the start. */
  count(): number;
  /** Ends after the statement under way. */
  stop(): Promise<void>;
}

export interface WriterOptions {
  /** Columns id, name, price, body. */
  readonly table: string;
  readonly keysMax: number;
  readonly seed: number;
  readonly withTruncate: boolean;
  /** Changes a second; as fast as it goes when absent. */
  readonly rate?: number;
}

/** Mixed writes to random rows, one to five in a transaction, some of which are rolled back. */
export async function writeForever(url: string, options: WriterOptions): Promise<Writer> {
  const { table, keysMax, seed, withTruncate, rate } = options;
  const client = await connect(url);
  const random = seededRandom(seed);
  const below = (max: number): number => Math.floor(random() * max);
  let isStopping = false;
  let count = 0;

  const write = async (): Promise<void> => {
    const id = below(keysMax);
    const choice = random();
    if (choice < 0.25) {
      const body = below(3) === 0 ? 4_000 : 20;
      await client.query(
        `insert into ${table} values ($1, $2, $3, repeat($4, $5)) on conflict (id) do update set name = excluded.name`,
        [id, `new ${count}`, below(10_000) / 100, String(below(10)), body],
      );
    } else if (choice < 0.6) await client.query(`update ${table} set name = $2 where id = $1`, [id, `name ${count}`]);
    else if (choice < 0.75)
      await client.query(`update ${table} set body = repeat('y', $2) where id = $1`, [id, below(6_000)]);
    else if (choice < 0.87) await client.query(`delete from ${table} where id = $1`, [id]);
    else if (withTruncate && choice < 0.871) await client.query(`truncate ${table}`);
    else {
      await client.query(
        `update ${table} set id = $2 where id = $1 and not exists (select from ${table} where id = $2)`,
        [id, below(keysMax)],
      );
    }
    count++;
  };
  const run = async (): Promise<void> => {
    const startMs = performance.now();
    while (!isStopping) {
      await client.query("begin");
      for (let left = 1 + below(5); left > 0; left--) await write();
      await client.query(below(10) === 0 ? "rollback" : "commit");
      const aheadMs = rate === undefined ? 0 : (count / rate) * 1_000 - (performance.now() - startMs);
      if (aheadMs > 0) await new Promise((resolve) => setTimeout(resolve, aheadMs));
    }
    await client.end();
  };
  const running = run();
  running.catch(() => {});
  return {
    count: () => count,
    async stop() {
      isStopping = true;
      await running;
    },
  };
}
