import { existsSync } from "node:fs";
import Table from "cli-table3";
import { program } from "commander";
import type { BenchOptions, BenchResult } from "../bench/bench-result.ts";

/** `npm run bench`: runs benchmarks one after the other and says which floors hold. */
const names = [
  "collect",
  "aggregate",
  "consume",
  "train",
  "rank",
  "serve",
  "freshness",
  "catalogue-freshness",
  "logs",
  "metrics",
  "reconcile",
  "snapshot",
] as const;

program
  .name("npm run bench --")
  .description("Runs benchmarks, each against its reference in the same run. Fails if a floor does not hold.")
  .argument("<name>", `${names.join(", ")} or all`)
  .option("--small", "a short run on small input: shows that the benchmark works, not how fast it is")
  .option("--json", "print the results as one JSON array on the last line")
  .action(async (name: string, options: { small?: boolean; json?: boolean }) => {
    const chosen = name === "all" ? names : names.filter((known) => known === name);
    if (chosen.length === 0) program.error(`There is no benchmark ${name}; there are ${names.join(", ")}, all.`);
    const results: BenchResult[] = [];
    for (const bench of chosen) {
      process.stderr.write(`${bench} …\n`);
      const found = await runBench(bench, { isSmall: options.small ?? false });
      if (!options.json) console.log(formatResults(found));
      results.push(...found);
    }
    if (options.json) console.log(JSON.stringify(results));
    process.exitCode = results.every((result) => result.holds) ? 0 : 1;
  });

async function runBench(name: string, options: BenchOptions): Promise<readonly BenchResult[]> {
  const file = new URL(`../bench/${name}/${name}.ts`, import.meta.url);
  if (!existsSync(file)) program.error(`The benchmark ${name} has no program (bench/${name}/${name}.ts).`);
  const { run } = (await import(file.href)) as { run: (options: BenchOptions) => Promise<readonly BenchResult[]> };
  return run(options);
}

function formatResults(results: readonly BenchResult[]): string {
  const table = new Table({
    head: ["figure", "ours", "reference", "ratio", "floor", "holds"],
    style: { head: [], border: [] },
  });
  for (const { name, unit, ours, reference, ratio, floor, holds } of results) {
    const number = (value: number | null): string => (value === null ? "" : value.toLocaleString("en"));
    table.push([
      name,
      `${number(ours)} ${unit}`,
      number(reference),
      ratio?.toFixed(3) ?? "",
      floor,
      holds ? "yes" : "NO",
    ]);
  }
  const details = results.map(({ name, details: more }) => {
    const pairs = Object.entries(more).map(([key, value]) => `${key} ${String(value)}`);
    return `${name}: ${pairs.join(", ")}`;
  });
  return `${table.toString()}\n${details.join("\n")}\n`;
}

await program.parseAsync();
