import { fileURLToPath } from "node:url";
import type { BenchOptions, BenchResult } from "./bench-result.ts";

/**
 * Runs a benchmark when its file is the program: `tsx bench/rank/rank.ts [--small] [--json]`. Exit code 1: a floor
 * broke.
 */
export async function runAsCommand(
  moduleUrl: string,
  run: (options: BenchOptions) => Promise<readonly BenchResult[]>,
): Promise<void> {
  if (process.argv[1] !== fileURLToPath(moduleUrl)) return;
  const results = await run({ isSmall: process.argv.includes("--small") });
  if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(results)}\n`);
  else for (const result of results) process.stdout.write(`${describe(result)}\n`);
  if (results.some((result) => !result.holds)) process.exitCode = 1;
}

function describe(result: BenchResult): string {
  const { name, unit, ours, reference, ratio, floor, holds, details } = result;
  const compared = reference === null ? "" : `, reference ${reference} ${unit}, ratio ${ratio?.toFixed(3)}`;
  const more = Object.entries(details).map(([key, value]) => `${key}=${value}`);
  return `${holds ? "holds" : "FAILS"}  ${name}: ${ours} ${unit}${compared}; floor ${floor}\n       ${more.join(" ")}`;
}
