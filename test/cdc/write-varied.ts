import { seededRandom } from "@footfall/base";
import type { Client } from "pg";

/** Of large values: more than PostgreSQL keeps in a row. */
const large = 2_500;

/**
 * Mixed writes to rows 1 to `keysMax` of a table of `createVariedTable`, several in a transaction, on two connections
 * whose transactions overlap: what is written first is not committed first.
 */
export async function writeVaried(
  clients: readonly Client[],
  table: string,
  steps: number,
  seed: number,
): Promise<void> {
  const random = seededRandom(seed);
  const below = (max: number): number => Math.floor(random() * max);
  const keysMax = 60;
  for (const client of clients) await client.query("begin");
  for (let step = 0; step < steps; step++) {
    const at = below(clients.length);
    const client = clients[at]!;
    // A row belongs to one connection, or both would wait for each other.
    const id = clients.length * below(keysMax) + at;
    const choice = random();
    if (choice < 0.3) await upsert(client, table, id, below(1_000), random() < 0.3);
    else if (choice < 0.6) {
      const sql = `update ${table} set title = $2, in_stock = not in_stock, price = $3, changed_at = now() where id = $1`;
      await client.query(sql, [id, `title "${step}" é\n`, below(10_000) / 100]);
    } else if (choice < 0.7) await client.query(`update ${table} set body = null, weight = 1e-7 where id = $1`, [id]);
    else if (choice < 0.82) await client.query(`delete from ${table} where id = $1`, [id]);
    else if (choice < 0.9) {
      // A row that moves has its large values written anew: without that they would not be sent.
      const to = clients.length * below(keysMax) + at;
      await client.query(`delete from ${table} where id = $1`, [to]);
      const sql = `update ${table} set id = $2, body = $3 || 'moved', doc = '[]', raw = null, tags = '{}', sizes = '{}',
        counts = '{}', photo = null where id = $1`;
      await client.query(sql, [id, to, String(step)]);
    } else {
      await client.query(step % 5 === 0 ? "rollback" : "commit");
      await client.query("begin");
    }
  }
  for (const client of clients) await client.query("commit");
}

/** @param isLarge  whether the columns that can be are large */
async function upsert(client: Client, table: string, id: number, number: number, isLarge: boolean): Promise<void> {
  const times = isLarge ? large : 3;
  await client.query(
    `insert into ${table} values ($1, $2, $3, $4, $5, $6,
      jsonb_build_object('n', $4::numeric, 'text', repeat('d', $7)), json_build_object('n', 1.10, 'text', repeat('r', $7)),
      array[null, $2] || array['a,b', repeat('t', $7)], array_fill($8::int, array[$7]),
      array_fill(9007199254740993, array[$7]), decode(repeat('00ff', $7), 'hex'), repeat($2, $7))
     on conflict (id) do update set title = excluded.title, price = excluded.price, in_stock = excluded.in_stock`,
    [
      id,
      `item ${id}`,
      number / 100,
      `${number}.123456789012345678901`,
      number % 3 > 0,
      "2026-01-02 03:04:05.6+01",
      times,
      number,
    ],
  );
}
