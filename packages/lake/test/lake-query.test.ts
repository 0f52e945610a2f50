import { rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventsTable, type LakeVersion, type ScanColumn } from "../src/index.ts";
import { testLake } from "./lake-fixture.ts";
import { numberedRows, readings, startMs } from "./readings.ts";

async function lakeWithRows() {
  const test = await testLake();
  const table = await test.lake.table(readings);
  for (const [index, hour] of [7, 8].entries()) {
    const add = await test.lake.writeBulk(table, { sql: numberedRows(10, index * 10, hour) });
    await table.commit({ add, operation: "append" });
  }
  return { ...test, table };
}

describe("query", () => {
  it("reads pinned versions, and the newest otherwise", async () => {
    const { lake } = await lakeWithRows();
    const sql = "SELECT count(*) AS n, max(taken_at) AS latest FROM readings";
    expect(await lake.query(sql)).toEqual([{ n: 20, latest: startMs + 19 }]);
    expect(await lake.query(sql, { versions: { readings: 1 as LakeVersion } })).toEqual([
      { n: 10, latest: startMs + 9 },
    ]);
    expect(await lake.query(sql, { versions: { readings: 0 as LakeVersion } })).toEqual([{ n: 0, latest: null }]);
  });

  it("gives an empty table its columns and types", async () => {
    const { lake } = await testLake();
    await lake.table(eventsTable);
    const rows = await lake.query<{ column_name: string; column_type: string }>(
      "SELECT column_name, column_type FROM (DESCRIBE SELECT event_id, seq, occurred_at, log_offset, date, hour FROM events)",
    );
    expect(rows.map((row) => `${row.column_name} ${row.column_type}`)).toEqual([
      "event_id VARCHAR",
      "seq INTEGER",
      "occurred_at TIMESTAMP WITH TIME ZONE",
      "log_offset BIGINT",
      "date DATE",
      "hour INTEGER",
    ]);
  });

  it("has the same types whichever writer's file comes first", async () => {
    const { lake, table } = await lakeWithRows();
    const add = await lake.writeSmall(table, [{ taken_at: startMs, tenant: "demo", date: "2026-11-23", hour: 9 }]);
    const { files } = await table.snapshot();
    await table.commit({ add, remove: files, operation: "upsert" });
    expect(await lake.query("SELECT typeof(taken_at) AS kind, taken_at, date FROM readings")).toEqual([
      { kind: "TIMESTAMP WITH TIME ZONE", taken_at: startMs, date: "2026-11-23" },
    ]);
  });

  it("opens only the files of the partitions that the filter leaves", async () => {
    const { lake, table } = await lakeWithRows();
    const { files } = await table.snapshot();
    const hidden = files.find((file) => file.partition["hour"] === "8");
    await truncate(join(table.folder, hidden?.path ?? ""), 0);
    const sql = "SELECT count(*) AS n FROM readings WHERE hour = 7 AND big >= 0";
    expect(await lake.query(sql)).toEqual([{ n: 10 }]);
  });

  it("binds parameters of every kind", async () => {
    const { lake } = await lakeWithRows();
    const parameters = { text: "row 3", low: 2, high: 2n ** 40n, flag: false, none: null };
    const sql =
      "SELECT big FROM readings WHERE text = $text AND big > $low AND big < $high AND flag = $flag AND $none IS NULL";
    expect(await lake.query(sql, { parameters })).toEqual([{ big: 3 }]);
  });

  it("joins tables, each at its version", async () => {
    const { lake } = await lakeWithRows();
    await lake.table(eventsTable);
    const sql = "WITH r AS (SELECT * FROM readings) SELECT count(*) AS n FROM r LEFT JOIN events ON event_id = text";
    expect(await lake.query(sql)).toEqual([{ n: 20 }]);
  });

  it.each([
    ["nonsense", "SELEC 1"],
    ["an unknown table", "SELECT * FROM nowhere"],
    ["an unknown column", "SELECT nope FROM readings"],
    ["a division of text", "SELECT text::INTEGER FROM readings"],
    ["a write", "CREATE TABLE x AS SELECT 1"],
    ["a deletion", "DROP VIEW readings"],
  ])("refuses %s with a code", async (_, sql) => {
    const { lake } = await lakeWithRows();
    await expect(lake.query(sql)).rejects.toMatchObject({ code: "LAKE_QUERY_FAILED" });
    expect(await lake.query("SELECT count(*) AS n FROM readings")).toEqual([{ n: 20 }]);
  });

  it("names a table or version that is not there", async () => {
    const { lake } = await lakeWithRows();
    await expect(lake.existingTable("nope")).rejects.toMatchObject({ code: "LAKE_TABLE_UNKNOWN" });
    await expect(lake.existingTable("../etc")).rejects.toMatchObject({ code: "LAKE_TABLE_UNKNOWN" });
    const versions = { readings: 7 as LakeVersion };
    await expect(lake.query("FROM readings", { versions })).rejects.toMatchObject({ code: "LAKE_VERSION_UNKNOWN" });
    expect(await lake.tableNames()).toEqual(["readings"]);
  });
});

describe("a damaged data file", () => {
  it.each([
    ["missing", "LAKE_FILE_MISSING", (path: string) => rm(path)],
    ["truncated", "LAKE_FILE_CORRUPT", (path: string) => truncate(path, 500)],
    ["empty", "LAKE_FILE_CORRUPT", (path: string) => truncate(path, 0)],
    ["something else", "LAKE_FILE_CORRUPT", (path: string) => writeFile(path, "x".repeat(5000))],
  ])("that is %s is named", async (_, code, damage) => {
    const { lake, table } = await lakeWithRows();
    const path = join(table.folder, (await table.snapshot()).files[1]?.path ?? "");
    await damage(path);
    const query = lake.query("SELECT sum(real), min(text) FROM readings");
    await expect(query).rejects.toMatchObject({ code, message: expect.stringContaining(path) });
    const scan = lake.scan("SELECT big FROM readings", () => {});
    await expect(scan).rejects.toMatchObject({ code });
  });
});

describe("scan", () => {
  it("hands over columns as typed arrays", async () => {
    const { lake } = await lakeWithRows();
    const kinds = new Set<string>();
    const totals = { rows: 0, big: 0n, small: 0, real: 0, texts: [] as string[] };
    const sum = (columns: readonly ScanColumn[], rows: number) => {
      const [big, small, real, text] = columns as [BigInt64Array, Int32Array, Float64Array, string[]];
      kinds.add([big, small, real, text].map((column) => column.constructor.name).join());
      totals.rows += rows;
      for (let row = 0; row < rows; row += 1) {
        totals.big += big[row] ?? 0n;
        totals.small += small[row] ?? 0;
        totals.real += real[row] ?? 0;
        totals.texts.push(text[row] ?? "");
      }
    };
    await lake.scan("SELECT big, small, real, text FROM readings ORDER BY big", sum);
    expect([...kinds]).toEqual(["BigInt64Array,Int32Array,Float64Array,Array"]);
    expect(totals).toMatchObject({ rows: 20, big: 190n, small: 190, real: 95 });
    expect(totals.texts).toEqual(Array.from({ length: 20 }, (_, i) => `row ${i}`));
  });

  it("gives columns of the same length as rows for large results", async () => {
    const { lake, table } = await lakeWithRows();
    const add = await lake.writeBulk(table, { sql: numberedRows(10_000) });
    await table.commit({ add, operation: "append" });
    let total = 0;
    await lake.scan("SELECT small FROM readings WHERE small % 3 = 0", ([small], rows) => {
      expect(small).toHaveLength(rows);
      total += rows;
    });
    expect(total).toBe(3334 + 7);
  });

  it("reads a table in slices as in one stream", async () => {
    const { lake, table } = await lakeWithRows();
    for (let file = 0; file < 3; file += 1) {
      const add = await lake.writeBulk(table, { sql: numberedRows(700_000) });
      await table.commit({ add, operation: "append" });
    }
    const totalOf = async (slicedTable?: string) => {
      const totals = { rows: 0, small: 0 };
      const sql = "SELECT small FROM readings WHERE small % 3 = $rest";
      const sum = ([small]: readonly ScanColumn[], rows: number) => {
        totals.rows += rows;
        totals.small += (small as Int32Array).reduce((total, value) => total + value, 0);
      };
      await lake.scan(sql, sum, { parameters: { rest: 1 }, ...(slicedTable && { slicedTable }) });
      return totals;
    };
    expect(await totalOf("readings")).toEqual(await totalOf());
    expect((await totalOf("readings")).rows).toBe(3 * 233_333 + 7);
    const failing = () => {
      throw new TypeError("receiver");
    };
    const scan = lake.scan("SELECT small FROM readings", failing, { slicedTable: "readings" });
    await expect(scan).rejects.toThrow("receiver");
  });

  it.each([
    ["a null", "SELECT nullif(big, 13) AS big FROM readings"],
    ["a null text", "SELECT nullif(text, 'row 13') AS text FROM readings"],
    ["a type without an array", "SELECT [big] AS list FROM readings"],
  ])("refuses %s", async (_, sql) => {
    const { lake } = await lakeWithRows();
    await expect(lake.scan(sql, () => {})).rejects.toMatchObject({ code: "LAKE_QUERY_FAILED" });
  });

  it("passes on what the receiver throws", async () => {
    const { lake } = await lakeWithRows();
    const failure = new TypeError("receiver");
    const scan = lake.scan("SELECT big FROM readings", () => {
      throw failure;
    });
    await expect(scan).rejects.toThrow("receiver");
  });
});
