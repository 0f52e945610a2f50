import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { testLake } from "./lake-fixture.ts";
import { readings } from "./readings.ts";

const script = join(import.meta.dirname, "crash-writer.ts");

/**
 * A commit is: 1 write the data file, 2 sync, 3 rename, 4 sync its folder, 5 write the entry, 6 sync, 7 publish, 8 sync
 * the log's folder. The first run creates the table (its step 3 publishes entry 0); bulk is the first commit, small the
 * second.
 */
const deadlySteps = [3, 3, 4, 7, 8, 11, 15, 16];

/** Runs the writer; gives its last answered progress and the signal that ended it. */
function runWriter(
  root: string,
  dieAt: number,
  commits: number,
): Promise<{ answered: number; signal: string | null; errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", script, root, String(dieAt), String(commits)]);
    let output = "";
    let errors = "";
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
    child.on("error", reject);
    child.on("close", (_, signal) => {
      resolve({ answered: Number(output.trim().split("\n").at(-1) ?? 0), signal, errors });
    });
  });
}

it(
  "a writer killed before any step loses nothing it answered, and readers see whole commits",
  { timeout: 120_000 },
  async () => {
    const { open, root } = await testLake();
    let answeredBefore = 0;
    let killed = 0;
    for (const dieAt of deadlySteps) {
      const { answered, signal, errors } = await runWriter(root, dieAt, 2);
      expect(errors).toBe("");
      if (signal === "SIGKILL") killed += 1;
      const lake = await open();
      const table = await lake.table(readings);
      const progress = Number((await table.snapshot()).progress.get("clicks-0") ?? 0n);
      const [row] = await lake.query(
        "SELECT count(*) AS n, count(DISTINCT big) AS ids, coalesce(max(big) + 1, 0) AS next FROM readings",
      );
      expect(row).toEqual({ n: progress, ids: progress, next: progress });
      expect(progress).toBeGreaterThanOrEqual(Math.max(answered, answeredBefore));
      answeredBefore = progress;
      await lake.close();
    }
    expect(killed).toBe(deadlySteps.length);
    expect(answeredBefore).toBeGreaterThan(0);
  },
);

it(
  "of two processes that continue from the same progress one is fenced, and each row is there once",
  { timeout: 60_000 },
  async () => {
    const { open, root } = await testLake();
    await runWriter(root, 0, 1);
    const results = await Promise.all([runWriter(root, 0, 20), runWriter(root, 0, 20)]);
    for (const { errors } of results) if (errors !== "") expect(errors).toContain("LAKE_WRITER_FENCED");
    const lake = await open();
    const table = await lake.table(readings);
    const progress = Number((await table.snapshot()).progress.get("clicks-0"));
    expect(progress).toBe(Math.max(...results.map(({ answered }) => answered)));
    expect(
      await lake.query("SELECT count(*) AS n, count(DISTINCT big) AS ids, max(big) + 1 AS next FROM readings"),
    ).toEqual([{ n: progress, ids: progress, next: progress }]);
  },
);
