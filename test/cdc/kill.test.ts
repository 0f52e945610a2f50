import { readChange } from "@footfall/changes";
import { seededRandom } from "@footfall/base";
import { waitFor } from "@footfall/testkit";
import type { PostgresServer } from "@footfall/testkit/postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AppProcess, startApp } from "../app-process.ts";
import { type CapturedDatabase, differences, openDatabase, openServer, replay } from "./captured-database.ts";
import { canRunPostgres } from "./postgres-or-skip.ts";
import { type Writer, writeForever } from "./write-forever.ts";

const seed = Number(process.env["FC_SEED"] ?? 11);
const kills = Number(process.env["FOOTFALL_CDC_KILLS"] ?? 6);

describe.runIf(canRunPostgres())("a capture that is killed", () => {
  let server: PostgresServer;
  let shop: CapturedDatabase;
  let capture: AppProcess | undefined;
  let writer: Writer | undefined;
  beforeAll(async () => void (server = await openServer()));
  afterAll(() => server?.stop());
  beforeEach(async () => void (shop = await openDatabase(server)));
  afterEach(async () => {
    await writer?.stop();
    await capture?.kill();
    await shop.close();
  });

  it("gives the table row by row, whenever that was: in the first copy or after it", async () => {
    await shop.query("create table products (id int primary key, name text, price numeric(10,2), body text)");
    await shop.query("alter table products alter body set storage external");
    await shop.query(
      "insert into products select i, 'item', i / 7.0, repeat('x', 3000) from generate_series(1, 3000) i",
    );
    const random = seededRandom(seed);
    const options = { table: "products", keysMax: 4_000, seed, withTruncate: false, rate: 500 };
    const writing = await writeForever(shop.url, options);
    writer = writing;
    const start = () =>
      startApp("cdc", shop.folder, {
        FOOTFALL_CDC_URL: shop.url,
        FOOTFALL_CDC_TABLES: "public.products,public.beacon",
        FOOTFALL_CDC_SLOT: shop.slot,
        FOOTFALL_CDC_PUBLICATION: shop.slot,
        FOOTFALL_CDC_CHUNK_ROWS: "100",
      });
    let running = await start();
    capture = running;
    for (let kill = 0; kill < kills; kill++) {
      const untilMs = performance.now() + random() * 1_500;
      const before = await shop.recordCount("cdc.public.products");
      await waitFor(
        async () => performance.now() > untilMs && (await shop.recordCount("cdc.public.products")) > before,
        { deadlineMs: 60_000, intervalMs: 50, what: "the capture to get on" },
      ).catch((error: unknown) => {
        throw new Error(`${writing.count()} writes; the capture says:\n${running.output.slice(-20).join("\n")}`, {
          cause: error,
        });
      });
      await running.kill();
      running = await start();
      capture = running;
    }
    await writing.stop();
    await shop.copied();
    await shop.caughtUp();
    expect(await running.stop()).toBe(0);
    const changes = await shop.changes("products");
    const want = new Map(
      (await shop.query("select id, name, price::text, body from products")).map((row) => [
        JSON.stringify([String(row["id"])]),
        row as ReturnType<typeof replay> extends Map<string, infer R> ? R : never,
      ]),
    );
    expect(writing.count()).toBeGreaterThan(500);
    expect(differences(replay(changes), want)).toEqual([]);
    await expectRepeatsToBeEqual();
  });

  /** What is written again after a kill has the place it had, and says the same. */
  async function expectRepeatsToBeEqual(): Promise<void> {
    const byPlace = new Map<string, string>();
    const others: string[] = [];
    for (const record of await shop.records("cdc.public.products")) {
      const read = readChange(record);
      if (read.is !== "change") continue;
      const { position, operation, key, after } = read.change;
      const place = `${position.lsn}/${position.index}`;
      // What a moved row's large columns hold was asked for, and may have changed since.
      const isMoved = record.headers?.has("__debezium.oldkey") ?? false;
      const said = JSON.stringify([operation, key, isMoved || after]);
      if ((byPlace.get(place) ?? said) !== said) others.push(place);
      byPlace.set(place, said);
    }
    expect(others).toEqual([]);
  }
});
