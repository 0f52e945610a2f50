import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { program } from "commander";

/** `npm run test:faults`: the fault suite with a chosen number of runs and seed; all else goes to vitest. */
const { runs, seed } = program
  .name("npm run test:faults --")
  .description("Kills the standalone process under load and checks that nothing is lost or doubled.")
  .option("--runs <count>", "kills", "10")
  .option("--seed <number>", "repeats a run that failed (it is printed in the test's name)")
  .allowUnknownOption()
  .allowExcessArguments()
  .parse()
  .opts<{ runs: string; seed?: string }>();

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const result = spawnSync(process.execPath, [vitest, "run", "--project", "faults", ...program.args], {
  stdio: "inherit",
  env: { ...process.env, FAULTS_RUNS: runs, ...(seed === undefined ? {} : { FAULTS_SEED: seed }) },
});
process.exitCode = result.status ?? 1;
