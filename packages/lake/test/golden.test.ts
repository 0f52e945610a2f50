import { cp, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { LakeVersion } from "../src/index.ts";
import { testLake } from "./lake-fixture.ts";

/**
 * Written once by version 0.1.0 (bulk and small files, a column added later, a compaction, a checkpoint). Never
 * renewed.
 */
const golden = join(import.meta.dirname, "../../../fixtures/lake/v1");

it("tables written by version 0.1 stay readable", async () => {
  const { lake, root } = await testLake();
  await cp(golden, root, { recursive: true });
  const table = await lake.existingTable("readings");
  const snapshot = await table.snapshot();
  expect(snapshot).toMatchObject({ version: 51 });
  expect([...snapshot.progress]).toEqual([["clicks-0", 9_007_199_254_740_993n]]);
  expect(snapshot.schema.columns.map(({ name, type }) => `${name} ${type}`).join()).toBe(
    "text string,big long,small integer,real double,flag boolean,taken_at timestamp,day date,added double",
  );
  expect(await lake.query("SELECT * FROM readings WHERE big >= 4 ORDER BY big")).toEqual(rows);
  expect(await lake.query("SELECT count(*) AS n FROM readings")).toEqual([{ n: 8 }]);
  const versions = { readings: 1 as LakeVersion };
  expect(await lake.query("SELECT min(text) AS t, sum(big)::INTEGER AS s FROM readings", { versions })).toEqual([
    { t: "row 0", s: 10 },
  ]);
});

it("the golden table stays small", async () => {
  const names = await readdir(golden, { recursive: true });
  const sizes = await Promise.all(names.map((name) => stat(join(golden, name))));
  expect(sizes.reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0)).toBeLessThan(50_000);
});

const partition = { tenant: "ü/ x", date: "2026-11-23" };
const rows = [
  {
    text: "row 4",
    big: 4,
    small: 4,
    real: 2,
    flag: true,
    taken_at: 1_795_428_000_004,
    day: "2026-11-23",
    added: null,
    tenant: "demo",
    date: "2026-11-23",
    hour: 7,
  },
  {
    text: "a\0b 🦊",
    big: 100,
    small: -1,
    real: 0.1,
    flag: true,
    taken_at: -1,
    day: "1969-12-31",
    added: null,
    hour: 8,
  },
  { text: "", big: 101, small: null, real: null, flag: null, taken_at: null, day: null, added: 0.5, hour: 8 },
  {
    text: null,
    big: 2 ** 53 - 1,
    small: 3,
    real: 1e300,
    flag: false,
    taken_at: 0,
    day: "0001-01-01",
    added: null,
    hour: 9,
  },
].map((row) => ({ ...partition, ...row }));
