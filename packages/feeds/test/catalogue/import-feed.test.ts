import { comparePositions, schemasTopic, type TableSchema } from "@footfall/changes";
import { type EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FeedRow } from "../../src/feed-row.ts";
import { type Catalogue, failingLog, feedOf, foldTopic, productOf, runImport } from "./catalogue-bench.ts";

let folder: TemporaryFolder;
let log: EventLog;
let tables = 0;
const newTable = () => `products_${(tables += 1)}`;
const numRuns = Number(process.env["FC_RUNS"] ?? 40);

beforeAll(async () => {
  folder = await temporaryFolder();
  log = await openEmbeddedLog({ folder: `${folder.path}/log` });
});
afterAll(async () => {
  await log.close();
  await folder.remove();
});

function run(
  products: Iterable<ReturnType<typeof productOf>>,
  settings: Partial<Parameters<typeof runImport>[1]> = {},
) {
  return runImport(feedOf(products), { log, folder: `${folder.path}/catalogue`, ...settings });
}

const itemId = fc.oneof(
  fc.constantFrom("a", "b", "c", "d", "1", "\u{1f600}", "\uffee"),
  fc.stringMatching(/^[a-z]{1,3}$/),
);
const fields = fc.record(
  {
    title: fc.constantFrom("One", "Two"),
    price: fc.constantFrom("1 EUR", "2 EUR"),
    availability: fc.constantFrom("in stock", "preorder"),
    "1": fc.constantFrom("x", "y"),
    note: fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\ufffd")),
  },
  { requiredKeys: [] },
);
const catalogue: fc.Arbitrary<Catalogue> = fc
  .uniqueArray(fc.tuple(itemId, fields), { selector: ([id]) => id, maxLength: 12 })
  .map((rows) => new Map(rows.map(([id, told]) => [id, productOf(id, told as Record<string, string>)])));

/** Changes that lead from one catalogue to the other, at the least. */
function fewest(from: Catalogue, to: Catalogue): number {
  const ids = new Set([...from.keys(), ...to.keys()]);
  return [...ids].filter((id) => JSON.stringify(from.get(id)) !== JSON.stringify(to.get(id))).length;
}

describe("imports", () => {
  it("make the catalogue what the last feed says, by the fewest changes, even where the clock goes back", async () => {
    const imports = fc.array(fc.tuple(catalogue, fc.integer({ min: 1, max: 9_999_999_999_999 })), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(imports, async (feeds) => {
        const table = newTable();
        let current: Catalogue = new Map();
        let expected = 0;
        for (const [next, nowMs] of feeds) {
          await run(next.values(), { table, nowMs, allowDeletes: true });
          expected += fewest(current, next);
          current = next;
          const { byOrder, byPosition, changes, tombstones } = await foldTopic(log, table);
          expect(byPosition).toEqual(current);
          expect(byOrder).toEqual(current);
          expect(changes).toHaveLength(expected);
          expect(tombstones).toBe(changes.filter(({ operation }) => operation === "delete").length);
        }
      }),
      { numRuns },
    );
  });

  it("that break off anywhere are made whole by the next one", async () => {
    await fc.assert(
      fc.asyncProperty(catalogue, catalogue, catalogue, fc.nat({ max: 30 }), async (first, broken, last, records) => {
        for (const next of [broken, last]) {
          const table = newTable();
          await run(first.values(), { table, allowDeletes: true });
          const breaking = run(broken.values(), { table, log: failingLog(log, records), allowDeletes: true });
          await breaking.catch((error: unknown) => expect(error).toMatchObject({ code: "LOG_UNAVAILABLE" }));
          await run(next.values(), { table, allowDeletes: true });
          expect((await foldTopic(log, table)).byPosition).toEqual(next);
        }
      }),
      { numRuns },
    );
  });

  it("of a part of the products delete none", async () => {
    await fc.assert(
      fc.asyncProperty(catalogue, catalogue, async (first, part) => {
        const table = newTable();
        await run(first.values(), { table, allowDeletes: true });
        await run(part.values(), { table, isPartial: true });
        expect((await foldTopic(log, table)).byPosition).toEqual(new Map([...first, ...part]));
      }),
      { numRuns },
    );
  });

  it("say each row as it was and as it is, at positions that rise", async () => {
    const table = newTable();
    await run([productOf("a", { title: "One" }), productOf("b")], { table, nowMs: 5_000 });
    await run([productOf("a", { title: "Two" }), productOf("c")], { table, nowMs: 4_000 });
    const { changes } = await foldTopic(log, table);
    const told = changes.sort((x, y) => comparePositions(x.position, y.position));
    expect(
      told.map(({ operation, key, before, after }) => [operation, key, before?.["title"], after?.["title"]]),
    ).toEqual([
      ["create", { item_id: "a" }, undefined, "One"],
      ["create", { item_id: "b" }, undefined, null],
      ["update", { item_id: "a" }, "One", "Two"],
      ["create", { item_id: "c" }, undefined, null],
      ["delete", { item_id: "b" }, null, undefined],
    ]);
    expect(told.map(({ position }) => [position.lsn, position.index])).toEqual([
      [5_000_500n, 0],
      [5_000_500n, 1],
      [5_000_501n, 0],
      [5_000_501n, 1],
      [5_000_501n, 2],
    ]);
    expect(told[4]).toMatchObject({ schema: "shop", table, changedAtMs: 4_000 });
  });

  it("say what their rows have before the first one, as the rows have it", async () => {
    const table = newTable();
    await run([productOf("a", { title: "One", note: "x" })], { table });
    const { changes } = await foldTopic(log, table);
    const told = [];
    for await (const { records } of log.read({ topic: schemasTopic, partition: 0, startOffset: 0n }))
      told.push(...records);
    const record = told.find(({ key }) => key === changes[0]!.schemaId);
    const schema = JSON.parse(String(record?.value)) as TableSchema;
    expect(schema).toMatchObject({ schema: "shop", table, primaryKey: ["item_id"] });
    expect(schema.columns.map(({ name }) => name)).toEqual(Object.keys(changes[0]!.after!));
    const nullable = schema.columns.filter(({ isNullable }) => isNullable).map(({ name }) => name);
    expect(Object.entries(changes[0]!.after!).every(([name, value]) => value !== null || nullable.includes(name))).toBe(
      true,
    );
  });

  it("on a trial run change nothing", async () => {
    const table = newTable();
    expect(await run([productOf("a")], { table, isDryRun: true })).toMatchObject({ created: 1 });
    expect((await log.topics()).map(({ name }) => name)).not.toContain(`cdc.shop.${table}`);
  });
});

describe("a feed is refused", () => {
  const refused = { code: "FEED_REFUSED", message: expect.stringMatching(/Nothing was imported/) as unknown };
  const four = ["a", "b", "c", "d"].map((id) => productOf(id));
  const bad = (itemIds: readonly (string | undefined)[]): FeedRow[] =>
    itemIds.map((id, line) => ({ line, itemId: id, problem: { field: "price", reason: "is no price" } }));

  it("that is empty, or deletes more than it may, unless that is meant", async () => {
    const table = newTable();
    await run(four, { table });
    await expect(run([], { table })).rejects.toMatchObject(refused);
    await expect(run(four.slice(0, 1), { table, deletesShareMax: 0.5 })).rejects.toMatchObject(refused);
    expect((await foldTopic(log, table)).byPosition.size).toBe(4);
    expect(await run(four.slice(0, 2), { table, deletesShareMax: 0.5 })).toMatchObject({ deleted: 2 });
    expect(await run([], { table, allowDeletes: true, deletesShareMax: 0.5 })).toMatchObject({ deleted: 2 });
    expect((await foldTopic(log, table)).byPosition.size).toBe(0);
  });

  it("with more bad rows than it may have", async () => {
    const table = newTable();
    const settings = { log, folder: `${folder.path}/catalogue`, table, badRowsShareMax: 0.2 };
    const feed = (badRows: number) => feedOf(four, bad(Array.from({ length: badRows }, (_, n) => `x${n}`)));
    await expect(runImport(feed(2), settings)).rejects.toMatchObject(refused);
    expect(await runImport(feed(1), settings)).toMatchObject({ created: 4, badRows: 1, rows: 5 });
  });

  it("but a bad row deletes nothing: neither its product nor, where it names none, any", async () => {
    const table = newTable();
    const settings = { log, folder: `${folder.path}/catalogue`, table };
    await run(four, { table });
    expect(await runImport(feedOf(four.slice(0, 2), bad(["c"])), settings)).toMatchObject({ deleted: 1, heldBack: 1 });
    expect(await runImport(feedOf(four.slice(0, 1), bad([undefined])), settings)).toMatchObject({
      deleted: 0,
      heldBack: 2,
      namelessRows: 1,
    });
    expect([...(await foldTopic(log, table)).byPosition.keys()].sort()).toEqual(["a", "b", "c"]);
    const meant = { ...settings, allowDeletes: true };
    expect(await runImport(feedOf(four.slice(0, 1), bad([undefined])), meant)).toMatchObject({ deleted: 2 });
  });

  it("not for a product that is too large for a record: its row is bad", async () => {
    const table = newTable();
    const products = [productOf("a", { description: "x".repeat(400_000) }), productOf("b")];
    expect(await run(products, { table })).toMatchObject({ created: 1, badRows: 1 });
    const large = productOf("a", { description: "x".repeat(390_000) });
    await run([large, productOf("b")], { table });
    await run([{ ...large, title: "One" }, productOf("b")], { table });
    expect((await foldTopic(log, table)).byPosition.get("a")).toMatchObject({ title: "One" });
  });

  it("not for a product that is there twice: the first row counts, another one is bad", async () => {
    const table = newTable();
    const twice = [
      productOf("a", { title: "One" }),
      productOf("a", { title: "One" }),
      productOf("a", { title: "Two" }),
    ];
    expect(await run(twice, { table })).toMatchObject({ created: 1, repeatedRows: 1, badRows: 1, products: 1 });
    expect((await foldTopic(log, table)).byPosition.get("a")).toMatchObject({ title: "One" });
  });
});

describe("two writers of a catalogue", () => {
  it("are told, before or after they wrote", async () => {
    const table = newTable();
    await run([productOf("a")], { table });
    let interfering = (): Promise<unknown> => Promise.resolve();
    const shared = new Proxy(log, {
      get(target, name: keyof EventLog) {
        const method = (target[name] as (...args: unknown[]) => Promise<unknown>).bind(target);
        if (name !== "append") return method;
        return async (...args: unknown[]) => {
          if (args[0] === `cdc.shop.${table}`) await interfering();
          return method(...args);
        };
      },
    });
    interfering = () => run([productOf("b")], { table, nowMs: 1_800_000_000_000, isPartial: true });
    const conflict = { code: "CATALOGUE_CONFLICT", retriable: true };
    await expect(run([productOf("a"), productOf("c")], { table, log: shared })).rejects.toMatchObject(conflict);
    interfering = () => Promise.resolve();
    await run([productOf("a"), productOf("c")], { table, log: shared });
    expect([...(await foldTopic(log, table)).byPosition.keys()].sort()).toEqual(["a", "c"]);
  });

  it("are kept apart: a feed does not write where a database is captured", async () => {
    const table = newTable();
    await log.createTopic({ name: `cdc.shop.${table}`, partitions: 1 });
    const source = { connector: "postgresql", schema: "shop", table, ts_ms: 1, lsn: 1 };
    const value = Buffer.from(JSON.stringify({ before: null, after: { id: 1 }, source, op: "c", ts_ms: 1 }));
    await log.append(`cdc.shop.${table}`, [{ key: '{"id":1}', value }]);
    await expect(run([productOf("a")], { table })).rejects.toMatchObject({ code: "CATALOGUE_CONFLICT" });
  });

  it("append nothing once their lock is lost", async () => {
    const table = newTable();
    await expect(run([productOf("a")], { table, signal: AbortSignal.abort(new Error("lost")) })).rejects.toThrow(
      "lost",
    );
    expect((await foldTopic(log, table)).changes).toEqual([]);
  });
});

it("a truncate empties the catalogue; what is no change is counted", async () => {
  const table = newTable();
  await run([productOf("a"), productOf("b")], { table, nowMs: 1_000 });
  const source = { connector: "footfall", schema: "shop", table, ts_ms: 1, sequence: '["2000000","0"]' };
  const truncate = Buffer.from(JSON.stringify({ before: null, after: null, source, op: "t", ts_ms: 1 }));
  await log.append(`cdc.shop.${table}`, [
    { key: null, value: truncate },
    { key: "x", value: Buffer.from("{") },
  ]);
  const report = await run([productOf("a")], { table, nowMs: 1_000 });
  expect(report).toMatchObject({ created: 1, deleted: 0, current: 0, unreadableRecords: 1 });
});
