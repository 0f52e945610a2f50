import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { program } from "commander";
import { faultTable, type FaultRow, faultsPage } from "./test-faults/fault-table.ts";

/** `npm run test:faults`: the fault suite with a chosen number of runs and seed; all else goes to vitest. */
const { runs, seed, write } = program
  .name("npm run test:faults --")
  .description("Makes processes, brokers, connections, disks and clocks fail under load, and counts events afterwards.")
  .option("--runs <count>", "how often each fault happens (default: kills of the standalone process 10, others 2)")
  .option("--seed <number>", "repeats a run that failed (it is printed in the test's name)")
  .option("--write", "writes the table to docs/faults.md, if all faults passed")
  .allowUnknownOption()
  .allowExcessArguments()
  .parse()
  .opts<{ runs?: string; seed?: string; write?: true }>();

const startMs = performance.now();
const folder = await mkdtemp(join(tmpdir(), "footfall-faults-"));
const reportPath = join(folder, "rows.jsonl");
writeFileSync(reportPath, "");
try {
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const result = spawnSync(process.execPath, [vitest, "run", "--project", "faults", ...program.args], {
    stdio: "inherit",
    env: {
      ...process.env,
      FAULTS_REPORT: reportPath,
      ...(runs !== undefined && { FAULTS_RUNS: runs }),
      ...(seed !== undefined && { FAULTS_SEED: seed }),
    },
  });
  process.exitCode = result.status ?? 1;
  const lines = readFileSync(reportPath, "utf8").split("\n");
  const rows = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as FaultRow);
  console.log(faultTable(rows));
  if (write === true && process.exitCode === 0) {
    const minutes = Math.round((performance.now() - startMs) / 60_000);
    const command = `npm run test:faults -- ${runs === undefined ? "" : `--runs ${runs} `}--write`;
    writeFileSync("docs/faults.md", faultsPage(rows, { command, minutes, date: new Date() }));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
