import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder, type TemporaryFolder, waitFor } from "@footfall/testkit";
import type { PostgresServer } from "@footfall/testkit/postgres";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppProcess, startApp } from "../app-process.ts";
import { runCommand } from "../run-command.ts";
import { connect, openServer } from "./captured-database.ts";
import { canRunPostgres } from "./postgres-or-skip.ts";

const patient = { deadlineMs: 120_000, intervalMs: 50 };

describe.runIf(canRunPostgres())("a feed that was imported", () => {
  let server: PostgresServer;
  let folder: TemporaryFolder;
  let client: Client;
  let replicator: AppProcess | undefined;

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await openServer();
    client = await connect(server.url());
  });
  afterAll(async () => {
    await replicator?.kill();
    await client?.end();
    await server?.stop();
    await folder?.remove();
  });

  it("has its table made in PostgreSQL, with its types and every row, and follows the next feed", async () => {
    const shoe = { id: "shoe", title: "Red shoe", price: "1234567890123456789.05 EUR", availability: "in stock" };
    await importFeed([shoe, { id: "hat", title: 'A "hat"\twith, {braces}', weight: "5 kg" }, { id: "sock" }]);
    replicator = await startApp("replicator", folder.path, {
      FOOTFALL_REPLICATOR_URL: server.url(),
      FOOTFALL_REPLICATOR_TABLES: "shop.products",
    });
    const empty = { title: null, price: null, currency: null, in_stock: null, attributes: {} };
    const hat = { ...empty, item_id: "hat", title: 'A "hat"\twith, {braces}', attributes: { weight: "5 kg" } };
    await becomes([
      hat,
      {
        ...empty,
        item_id: "shoe",
        title: "Red shoe",
        price: "1234567890123456789.05",
        currency: "EUR",
        in_stock: true,
      },
      { ...empty, item_id: "sock" },
    ]);
    const { rows: columns } = await client.query<{ name: string; type: string }>(
      `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
       where attrelid = 'shop.products'::regclass and attnum > 0 order by attnum`,
    );
    expect(columns).toHaveLength(22);
    const other = columns.filter(({ type }) => type !== "text").map(({ name, type }) => `${name} ${type}`);
    expect(other).toEqual(["price numeric", "sale_price numeric", "in_stock boolean", "attributes jsonb"]);

    await importFeed([
      { ...shoe, price: "5 EUR", availability: "out of stock" },
      { id: "hat", title: hat.title, weight: "5 kg" },
    ]);
    await becomes([
      hat,
      { ...empty, item_id: "shoe", title: "Red shoe", price: "5.00", currency: "EUR", in_stock: false },
    ]);
  });

  async function importFeed(products: readonly object[]): Promise<void> {
    const path = join(folder.path, "feed.jsonl");
    await writeFile(path, products.map((product) => JSON.stringify(product)).join("\n"));
    const command = ["import", path, "--storage", folder.path];
    const { exitCode, stderr } = await runCommand("scripts/catalogue.ts", command);
    expect(exitCode, stderr).toBe(0);
  }

  async function becomes(want: readonly object[]): Promise<void> {
    const sql =
      "select item_id, title, price::text, currency, in_stock, attributes from shop.products order by item_id";
    let have: unknown;
    const isSo = async (): Promise<boolean> => {
      have = await client.query(sql).then(({ rows }) => rows as unknown, String);
      return JSON.stringify(sorted(have)) === JSON.stringify(sorted(want));
    };
    await waitFor(isSo, patient).catch(() => {
      expect(have, replicator!.output.slice(-10).join("\n")).toEqual(want);
    });
    expect(have).toEqual(want);
  }
});

/** With the columns of each row in one order. */
function sorted(rows: unknown): unknown {
  if (!Array.isArray(rows)) return rows;
  return rows.map((row: object) => Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
}
