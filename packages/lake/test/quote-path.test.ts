import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { compact } from "../src/index.ts";
import { checkpointInterval } from "../src/lake-table.ts";
import { literalPath, plainPath } from "../src/quote-path.ts";
import { testLake } from "./lake-fixture.ts";
import { numberedRows, readings } from "./readings.ts";

it.each(["la[1]ke", "la*ke", "la?ke", "la]ke", "it's a lake", "~lake", "[*]"])(
  "a lake root named %s holds what was written to it",
  async (name) => {
    const test = await testLake();
    // What a pattern would find instead.
    await mkdir(join(test.root, "la1ke"));
    const root = join(test.root, name);
    const lake = await test.open({ root });
    const table = await lake.table(readings);
    for (let version = 0; version <= checkpointInterval; version += 1) {
      const add = version < 2 ? await lake.writeBulk(table, { sql: numberedRows(5, version * 5) }) : [];
      await table.commit({ add, progress: new Map([["clicks-0", BigInt(version)]]), operation: "append" });
    }
    expect(await compact(lake, table, { targetBytes: 1_000_000 })).toEqual({ filesBefore: 2, filesAfter: 1 });
    // Starts from the checkpoint.
    const again = await test.open({ root });
    expect(await again.query("SELECT 1 FROM readings")).toHaveLength(10);
    const path = join(table.folder, (await table.snapshot()).files[0]!.path);
    await rm(path);
    await expect(again.query("SELECT * FROM readings")).rejects.toMatchObject({
      code: "LAKE_FILE_MISSING",
      context: { path },
    });
  },
);

it("gives a path back as it was", () => {
  for (const path of ["/a/b.csv", "/a[1]/*?.csv", "/[[*]]"]) expect(plainPath(literalPath(path))).toBe(path);
});
