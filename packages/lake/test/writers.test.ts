import { join } from "node:path";
import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { DataFile, Lake, LakeRow, LakeTable } from "../src/index.ts";
import { testLake } from "./lake-fixture.ts";
import { columnNames, numberedRows, readings, startMs } from "./readings.ts";

interface Writer {
  readonly name: string;
  write(lake: Lake, table: LakeTable, rows: readonly LakeRow[]): Promise<readonly DataFile[]>;
}

function literal(value: LakeRow[string], name: string): string {
  const types: Record<string, string> = {
    at: "TIMESTAMPTZ",
    day: "DATE",
    date: "DATE",
    big: "BIGINT",
    small: "INTEGER",
  };
  const type = types[name] ?? { real: "DOUBLE", flag: "BOOLEAN", hour: "INTEGER" }[name] ?? "VARCHAR";
  if (value === null || value === undefined) return `NULL::${type}`;
  if (name === "taken_at") return `make_timestamptz(${BigInt(value as number) * 1000n})`;
  if (type === "VARCHAR") return `decode(from_hex('${Buffer.from(String(value)).toString("hex")}'))`;
  return `'${String(value)}'::${type}`;
}

const writers: readonly Writer[] = [
  {
    name: "writeBulk",
    write: (lake, table, rows) => {
      const selects = rows.map((row) => columnNames.map((name) => `${literal(row[name], name)} AS ${name}`).join(", "));
      return lake.writeBulk(table, { sql: selects.map((select) => `SELECT ${select}`).join(" UNION ALL ") });
    },
  },
  { name: "writeSmall", write: (lake, table, rows) => lake.writeSmall(table, rows) },
];

const partition = { tenant: "demo", date: "2026-11-23", hour: 7 };
const empty = { text: null, big: null, small: null, real: null, flag: null, taken_at: null, day: null };

const awkwardRows: readonly LakeRow[] = [
  { ...empty, ...partition },
  { ...partition, text: "", big: 0, small: 0, real: 0, flag: false, taken_at: 0, day: "1970-01-01" },
  {
    ...partition,
    text: "naïve 🦊 漢字",
    big: 2 ** 53 - 1,
    small: 2 ** 31 - 1,
    real: 0.1,
    flag: true,
    taken_at: startMs + 0.0,
    day: "2026-02-28",
  },
  {
    ...partition,
    text: "a\0b",
    big: -(2 ** 53) + 1,
    small: -(2 ** 31),
    real: -1e300,
    flag: true,
    taken_at: -1,
    day: "1969-12-31",
  },
  {
    ...partition,
    text: '\'; drop "x" \\ \n',
    big: 1,
    small: 1,
    real: 5e-324,
    flag: false,
    taken_at: -62_135_596_800_000,
    day: "0001-01-01",
  },
  {
    ...partition,
    text: "late",
    big: 2,
    small: 2,
    real: 1 / 3,
    flag: false,
    taken_at: 9_999_999_999_999,
    day: "9999-12-31",
  },
  {
    ...partition,
    text: "later still",
    big: 3,
    small: 3,
    real: 2,
    flag: null,
    taken_at: 253_402_300_800_000,
    day: null,
  },
];

describe.each(writers)("$name", (writer) => {
  it("gives back every type, null and odd value", async () => {
    const { lake } = await testLake();
    const table = await lake.table(readings);
    const add = await writer.write(lake, table, awkwardRows);
    await table.commit({ add, operation: "append" });
    const rows = await lake.query("SELECT * FROM readings");
    expect(rows).toEqual(awkwardRows);
  });

  it("writes a file per partition, with partition values in path and entry only", async () => {
    const { lake } = await testLake();
    const table = await lake.table(readings);
    const add = await writer.write(lake, table, [
      { ...empty, ...partition, big: 1 },
      { ...empty, ...partition, big: 2, hour: 23 },
      { ...empty, ...partition, big: 3, tenant: "ü/ x=.." },
      { ...empty, ...partition, big: 4, date: "2026-11-24" },
      { ...empty, ...partition, big: 5 },
    ]);
    await table.commit({ add, operation: "append" });
    expect(
      add.map((file) => [file.partition["tenant"], file.partition["date"], file.partition["hour"], file.rows]).sort(),
    ).toEqual([
      ["demo", "2026-11-23", "23", 1],
      ["demo", "2026-11-23", "7", 2],
      ["demo", "2026-11-24", "7", 1],
      ["ü/ x=..", "2026-11-23", "7", 1],
    ]);
    expect(add.find((file) => file.rows === 2)?.path).toMatch(
      /^tenant=demo\/date=2026-11-23\/hour=7\/[0-9a-f-]{36}\.parquet$/,
    );
    const found = await lake.query<{ big: number }>("SELECT big FROM readings WHERE tenant = $tenant", {
      parameters: { tenant: "ü/ x=.." },
    });
    expect(found).toEqual([{ big: 3 }]);
    const inFile = await lake.query<{ n: string }>(
      `SELECT name AS n FROM parquet_schema('${join(table.folder, add[0]?.path ?? "")}') WHERE type IS NOT NULL`,
    );
    expect(inFile.map(({ n }) => n)).toEqual(readings.columns.map(({ name }) => name));
  });

  it("states statistics that the values bear out", async () => {
    const { lake } = await testLake();
    const table = await lake.table(readings);
    const [file] = await writer.write(lake, table, [
      { ...empty, ...partition, big: 5, real: -0.5, taken_at: startMs },
      { ...empty, ...partition, big: -7, real: 2, taken_at: startMs - 1 },
    ]);
    expect(file?.min).toEqual({ big: -7, real: -0.5, taken_at: startMs - 1 });
    expect(file?.max).toEqual({ big: 5, real: 2, taken_at: startMs });
    expect(file?.nulls).toEqual({ text: 2, big: 0, small: 2, real: 0, flag: 2, taken_at: 0, day: 2 });
  });

  it("writes nothing for no rows", async () => {
    const { lake } = await testLake();
    const table = await lake.table(readings);
    const none =
      writer.name === "writeSmall" ? lake.writeSmall(table, []) : lake.writeBulk(table, { sql: numberedRows(0) });
    expect(await none).toEqual([]);
  });

  it("stores instants as UTC microseconds", async () => {
    const { lake } = await testLake();
    const table = await lake.table(readings);
    const [file] = await writer.write(lake, table, [{ ...empty, ...partition, taken_at: startMs + 1 }]);
    const [kind] = await lake.query<{ converted_type: string }>(
      `SELECT converted_type FROM parquet_schema('${join(table.folder, file?.path ?? "")}') WHERE name = 'taken_at'`,
    );
    expect(kind?.converted_type).toBe("TIMESTAMP_MICROS");
    const bytes = await readFile(join(table.folder, file?.path ?? ""));
    expect(bytes.subarray(0, 4).toString() + bytes.subarray(-4).toString()).toBe("PAR1PAR1");
    expect(bytes.length).toBe(file?.bytes);
  });

  it("leaves no temporary file behind when the disk fills", async () => {
    let isFull = false;
    const { lake } = await testLake({
      beforeStep: (step) => {
        if (isFull && step === "sync") throw Object.assign(new Error("no space"), { code: "ENOSPC" });
      },
    });
    const table = await lake.table(readings);
    isFull = true;
    const writing = writer.write(lake, table, [{ ...empty, ...partition }]);
    await expect(writing).rejects.toMatchObject({ code: "LAKE_UNAVAILABLE", retriable: true });
    const left = (await readdir(table.folder, { recursive: true })).filter((name) => /parquet|tmp/.test(name));
    expect(left).toEqual([]);
  });
});

describe("writeSmall", () => {
  it("refuses what a column cannot hold", async () => {
    const { lake } = await testLake();
    const table = await lake.table(readings);
    const wrong: LakeRow[] = [
      { big: 2 ** 53 },
      { big: 1.5 },
      { small: 2 ** 31 },
      { text: 1 },
      { taken_at: 0.5 },
      { day: "x" },
      { flag: 1 },
    ];
    for (const row of wrong) {
      const writing = lake.writeSmall(table, [{ ...partition, ...row }]);
      await expect(writing, JSON.stringify(row)).rejects.toMatchObject({ code: "LAKE_SCHEMA_CONFLICT" });
    }
    await expect(lake.writeSmall(table, [{ text: "x", tenant: "demo", hour: 1 }])).rejects.toMatchObject({
      code: "LAKE_SCHEMA_CONFLICT",
    });
  });

  it("holds each row once beyond the bound of one file, and nulls in any pattern", async () => {
    const { lake } = await testLake();
    const table = await lake.table(readings);
    const count = 70_001;
    const rows = Array.from({ length: count }, (_, index): LakeRow => ({
      ...partition,
      big: index,
      text: (index * 7919) % 3 === 0 ? null : `item ${index}`,
      real: index % 1000 < 500 ? null : index,
    }));
    const add = await lake.writeSmall(table, rows);
    await table.commit({ add, operation: "append" });
    expect(add.map((file) => file.rows)).toEqual([65_536, 4_465]);
    const [found] = await lake.query(
      "SELECT count(*) AS n, count(DISTINCT big) AS ids, sum(big)::DOUBLE AS total, count(text) AS texts, count(real) AS reals, " +
        "count(*) FILTER (text <> 'item ' || big OR real <> big) AS wrong FROM readings",
    );
    const texts = rows.filter((row) => row["text"] !== null).length;
    const reals = rows.filter((row) => row["real"] !== null).length;
    expect(found).toEqual({ n: count, ids: count, total: (count * (count - 1)) / 2, texts, reals, wrong: 0 });
  });
});

describe("writeBulk", () => {
  it("keeps the order of the SQL within a file", async () => {
    const { lake } = await testLake();
    const table = await lake.table(readings);
    const add = await lake.writeBulk(table, { sql: `SELECT * FROM (${numberedRows(200_000)}) ORDER BY big DESC` });
    await table.commit({ add, operation: "append" });
    const [wrong] = await lake.query(
      `SELECT count(*) AS n FROM (SELECT big, file_row_number AS r FROM read_parquet('${join(table.folder, add[0]?.path ?? "")}',
         file_row_number = true)) WHERE big <> 199999 - r`,
    );
    expect(wrong).toEqual({ n: 0 });
  });

  it("names missing and unknown columns", async () => {
    const { lake } = await testLake();
    const table = await lake.table(readings);
    const writing = lake.writeBulk(table, { sql: "SELECT 'x' AS text, 1 AS colour" });
    await expect(writing).rejects.toMatchObject({
      code: "LAKE_SCHEMA_CONFLICT",
      message: expect.stringContaining("colour"),
    });
  });

  it("writes many partitions within a small memory limit", async () => {
    const { lake } = await testLake({ memoryLimitMb: 64 });
    const table = await lake.table(readings);
    // Scattered so widely that the rows are sorted by partition first.
    const sql = `SELECT * REPLACE (big % 24 AS hour) FROM (${numberedRows(400_000)}) ORDER BY big DESC`;
    const add = await lake.writeBulk(table, { sql });
    await table.commit({ add, operation: "append" });
    expect(add).toHaveLength(24);
    expect(await lake.query("SELECT count(*) AS n, count(DISTINCT big) AS ids FROM readings")).toEqual([
      { n: 400_000, ids: 400_000 },
    ]);
    const paths = add.map((file) => `'${join(table.folder, file.path)}'`).join();
    const [outOfOrder] = await lake.query(
      `SELECT count(*) AS n FROM (SELECT big, lag(big) OVER (PARTITION BY filename ORDER BY file_row_number) AS before
         FROM read_parquet([${paths}], filename = true, file_row_number = true)) WHERE big >= before`,
    );
    expect(outOfOrder).toEqual({ n: 0 });
  });
});
