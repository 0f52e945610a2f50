import { seededRandom } from "@footfall/base";
import { changesTopic, type Row } from "@footfall/changes";
import { SearchReplica } from "@footfall/replicas/search";
import { waitFor } from "@footfall/testkit";
import type { PostgresServer } from "@footfall/testkit/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppProcess, startApp } from "../app-process.ts";
import { type CapturedDatabase, differences, openDatabase, openServer } from "../cdc/captured-database.ts";
import { canRunPostgres } from "../cdc/postgres-or-skip.ts";
import { type Writer, writeForever } from "../cdc/write-forever.ts";
import { describeWithOpenSearch } from "./opensearch-or-skip.ts";

const seed = Number(process.env["FC_SEED"] ?? Date.now() % 1_000_000);
const kills = Number(process.env["FOOTFALL_SINKS_KILLS"] ?? 4);
/** Rows of the first copy, and changes that are written at least. */
const rowsMin = Number(process.env["FOOTFALL_SINKS_ROWS"] ?? 1_000);
/** Changes a second. */
const rate = Number(process.env["FOOTFALL_SINKS_RATE"] ?? 150);
const tables = ["products", "orders"];
const pageSize = 1_000;
const patient = { deadlineMs: 300_000, intervalMs: 100 };

interface Hit {
  readonly _source: { readonly lsn: string; readonly place: string; readonly row: Row };
  readonly sort: readonly unknown[];
}

describeWithOpenSearch("replica of a database in OpenSearch", (search) => {
  describe.runIf(canRunPostgres())("under kills", () => {
    let server: PostgresServer;
    let shop: CapturedDatabase;
    let replicator: AppProcess | undefined;
    const writers: Writer[] = [];

    beforeAll(async () => {
      server = await openServer();
      shop = await openDatabase(server);
      for (const table of tables) {
        await shop.query(`create table ${table} (id int primary key, name text, price numeric(10,2), body text)`);
        await shop.query(`alter table ${table} alter body set storage external`);
      }
      await shop.query(
        "insert into products select i, 'item', i / 7.0, repeat('x', 50 + i % 10 * 300) from generate_series(1, $1) i",
        [rowsMin],
      );
    });
    afterAll(async () => {
      for (const writer of writers) await writer.stop().catch(() => {});
      await replicator?.kill();
      await shop?.close();
      await server?.stop();
    });

    it(`has the source's rows, one by one, whenever the replicator was killed (FC_SEED=${seed})`, async () => {
      const random = seededRandom(seed);
      const common = { seed, rate: rate * 0.9 };
      const startMs = performance.now();
      writers.push(
        await writeForever(shop.url, { ...common, table: "products", keysMax: rowsMin, withTruncate: false }),
        await writeForever(shop.url, { ...common, rate: rate * 0.1, table: "orders", keysMax: 50, withTruncate: true }),
      );
      shop.capture(tables.map((table) => `public.${table}`).join(","), { confirmIntervalMs: 1_000 });
      replicator = await start();
      let between = 0;
      for (let kill = 0; kill < kills; kill++) {
        // One that never comes to a commit shows nothing.
        const before = await stored();
        await waitFor(async () => (await stored()) > before, { ...patient, what: "a commit" }).catch(explain);
        const untilMs = performance.now() + random() * 1_000;
        await waitFor(() => performance.now() > untilMs, patient);
        await replicator.kill();
        if (await isAhead()) between += 1;
        replicator = await start();
      }
      await waitFor(() => written() >= rowsMin, patient);
      for (const writer of writers) await writer.stop();
      await shop.query("truncate orders; insert into orders values (1, 'after', 1.10, null)");
      await shop.copied(patient.deadlineMs);
      await shop.caughtUp(patient.deadlineMs);
      await waitFor(isThrough, { ...patient, what: "the replica to be through" }).catch(explain);
      console.log(
        `seed ${seed}: ${rowsMin} rows, ${written()} changes, ${kills} kills, ${between} of them between rows and ` +
          `their progress, ${((performance.now() - startMs) / 1_000).toFixed(1)} s`,
      );
      expect(await replicator.stop()).toBe(0);
      for (const table of tables) {
        const rows = await shop.query(`select id, name, price::text, body from ${table}`);
        const want = new Map(rows.map((row) => [String(row["id"]), row as Row]));
        expect(want.size).toBeGreaterThan(0);
        const have = (await hits(table)).map(({ _source: { row } }) => row);
        expect(have).toHaveLength(want.size);
        expect(differences(new Map(have.map((row) => [String(row["id"]), row])), want), table).toEqual([]);
      }
    });

    function start(): Promise<AppProcess> {
      return startApp("replicator", shop.folder, {
        FOOTFALL_REPLICATOR_URL: search().url,
        FOOTFALL_REPLICATOR_TABLES: tables.map((table) => `public.${table}`).join(","),
        FOOTFALL_REPLICATOR_CHANGES_MAX: "200",
        FOOTFALL_REPLICATOR_COMMIT_INTERVAL_MS: "20",
      });
    }

    const written = (): number => writers.reduce((sum, writer) => sum + writer.count(), 0);

    async function progress(): Promise<ReadonlyMap<string, bigint>> {
      const replica = SearchReplica.open({ url: search().url, clock: Date.now, indexPrefix: "footfall" });
      try {
        return await replica.progress();
      } finally {
        await replica.close();
      }
    }

    /** Records that are behind it. */
    async function stored(): Promise<bigint> {
      const offsets = [...(await progress())].filter(([name]) => /-\d+$/.test(name));
      return offsets.reduce((sum, [, offset]) => sum + offset, 0n);
    }

    /** Whether a kill has left rows that are later than what the progress says. */
    async function isAhead(): Promise<boolean> {
      const at = await progress();
      const found = await hits("products", { part: "rows-", fields: ["lsn", "place"] });
      return found.some(({ _source: { lsn, place } }) => BigInt(lsn) > (at.get(`${place}.lsn`) ?? -1n));
    }

    async function isThrough(): Promise<boolean> {
      const at = await progress();
      for (const table of tables) {
        const topic = changesTopic({ schema: "public", table });
        for (const [partition, { endOffset }] of (await shop.log.offsets(topic)).entries()) {
          // Nothing is stored of a partition that holds nothing.
          if ((at.get(`${topic}-${partition}`) ?? 0n) < endOffset) return false;
        }
      }
      return true;
    }

    /** All that anybody who searches finds, page by page; with `rows-` marks of deletion too. */
    async function hits(table: string, { part = "", fields = ["row"] } = {}): Promise<readonly Hit[]> {
      const index = `footfall-${part}public.${table}`;
      await fetch(`${search().url}/${index}/_refresh`, { method: "POST" });
      const all: Hit[] = [];
      for (;;) {
        const after = all.at(-1)?.sort;
        const answer = await fetch(`${search().url}/${index}/_search`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({
            size: pageSize,
            _source: fields,
            sort: [{ lsn: "asc" }, { change_index: "asc" }, { place: "asc" }],
            ...(after && { search_after: after }),
          }),
        });
        if (!answer.ok) throw new Error(`OpenSearch answers ${answer.status}: ${await answer.text()}`);
        const page = ((await answer.json()) as { hits: { hits: Hit[] } }).hits.hits;
        all.push(...page);
        if (page.length < pageSize) return all;
      }
    }

    function explain(cause: unknown): never {
      throw new Error(`the replicator says:\n${replicator?.output.slice(-10).join("\n")}`, { cause });
    }
  });
});
