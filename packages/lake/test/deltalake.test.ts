import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { isRequired } from "@footfall/testkit";
import { expect, it } from "vitest";
import { compact, type DataFile, expireLog, type LakeRow, type LakeTable } from "../src/index.ts";
import { checkpointInterval } from "../src/lake-table.ts";
import { testLake } from "./lake-fixture.ts";
import { numberedRows, readings, startMs } from "./readings.ts";

/** `pip install deltalake==1.6.6 polars==2.1.0 pyarrow==26.0.1` gives what this test needs. */
const python = process.env["FOOTFALL_PYTHON"] ?? "python3";
const isThere = hasDeltaLake();
if (!isThere && !isRequired("deltalake", process.env)) {
  console.warn(`SKIPPED: ${python} has no deltalake, polars and pyarrow; reading by delta-rs is not checked.`);
}

const wider = {
  ...readings,
  columns: [...readings.columns, { name: "added", type: "double", description: "Added later." } as const],
};
const inPartition = (hour: number) => ({ tenant: "ü/ x", date: "2026-11-23", hour });
const smallRows: readonly LakeRow[] = [
  { big: 100, text: "a\0b 🦊", small: -1, real: 0.1, flag: true, taken_at: -1, day: "1969-12-31", ...inPartition(8) },
  { big: 101, text: "", small: null, real: null, flag: null, taken_at: null, day: null, ...inPartition(8) },
  {
    big: 2 ** 53 - 1,
    text: null,
    small: 3,
    real: 1e300,
    flag: false,
    taken_at: startMs,
    day: "2026-01-01",
    ...inPartition(9),
  },
];

it.runIf(isThere || isRequired("deltalake", process.env))(
  "delta-rs and Polars read the table as DuckDB does",
  { timeout: 60_000 },
  async () => {
    const { lake, clock } = await testLake();
    const narrow = await lake.table(readings);
    await append(narrow, await lake.writeBulk(narrow, { sql: numberedRows(10) }));
    await append(narrow, await lake.writeSmall(narrow, smallRows));
    await append(narrow, await lake.writeSmall(narrow, [{ big: 102, ...inPartition(8) }]));
    const table = await lake.table(wider);
    await append(table, await lake.writeSmall(table, [{ big: 103, added: 0.5, ...inPartition(8) }]));
    await expectSameRows(table);

    const progress = new Map([["clicks-0", 9_007_199_254_740_993n]]);
    await table.commit({ add: [], progress, operation: "append" });
    expect(await compact(lake, table, { targetBytes: 1_048_576 })).toEqual({ filesBefore: 3, filesAfter: 1 });
    for (let version = 7; version < checkpointInterval + 2; version += 1) {
      await table.commit({ add: [], operation: "nothing" });
    }
    const seen = await expectSameRows(table);
    expect(seen).toMatchObject({ files: 3, progress: "9007199254740993", pruned: 4, first: 10 });

    clock.advance(2);
    expect(await expireLog(lake, table, { retentionMs: 1, clock: clock.now })).toEqual({ entriesRemoved: 50 });
    expect(await expectSameRows(table, checkpointInterval)).toMatchObject({ files: 3, first: 15 });

    async function expectSameRows(current: LakeTable, first = 1) {
      const seenByPython = await readWithPython(current.folder, first);
      const expected = await lake.query("SELECT * REPLACE (epoch_us(taken_at) AS taken_at) FROM readings ORDER BY big");
      expect(seenByPython.deltaRs).toEqual({ zones: ["UTC"], rows: expected });
      expect(seenByPython.polars).toEqual({ zones: ["UTC"], rows: expected });
      expect(seenByPython.version).toBe((await current.snapshot()).version);
      return seenByPython;
    }
  },
);

async function append(table: LakeTable, add: readonly DataFile[]): Promise<void> {
  await table.commit({ add, operation: "append" });
}

interface SeenByPython {
  readonly version: number;
  readonly files: number;
  readonly progress: string;
  readonly deltaRs: object;
  readonly polars: object;
  readonly pruned: number;
  readonly first: number;
}

async function readWithPython(folder: string, first: number): Promise<SeenByPython> {
  const script = join(import.meta.dirname, "read_delta.py");
  const { stdout } = await promisify(execFile)(python, [script, folder, "clicks-0", String(first)]);
  return JSON.parse(stdout) as SeenByPython;
}

function hasDeltaLake(): boolean {
  try {
    execFileSync(python, ["-c", "import deltalake, polars, pyarrow"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
