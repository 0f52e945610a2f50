// Tests rules of alerts, as `promtool test rules` does for Prometheus' own.
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AppError } from "@footfall/base";
import { testRules } from "@footfall/metrics/alerts";
import { Command } from "commander";
import { parse } from "yaml";
import { runProgram } from "./run-program.ts";

const program = new Command("alerts").description("Works on rules of alerts; see deploy/alerts.yml.");

program
  .command("test <file>")
  .description("runs the tests of a file such as deploy/alerts.test.yml; exit code 1 where one fails")
  .action(async (path: string) => {
    const tests = await read(path);
    let checks = 0;
    for (const rules of ruleFilesOf(tests)) {
      // Paths in a file are seen from where it lies, as promtool sees them.
      const result = testRules(await read(resolve(dirname(path), rules)), tests);
      for (const { place, message } of result.problems) console.error(`${place} ${message}`);
      for (const { test, alertname, evalTime, diff } of result.failures) {
        console.error([`${test}: ${alertname} at ${evalTime}`, ...diff].join("\n  "));
      }
      if (result.problems.length + result.failures.length > 0) process.exitCode = 1;
      checks += result.checks - result.failures.length;
    }
    console.log(`${checks} expectations hold`);
  });

function ruleFilesOf(tests: unknown): readonly string[] {
  const files = (tests as { readonly rule_files?: unknown } | null)?.rule_files;
  if (Array.isArray(files) && files.length > 0 && files.every((file) => typeof file === "string")) return files;
  throw new AppError("INPUT_FORMAT_INVALID", "The file must name its rules: rule_files: [alerts.yml].");
}

async function read(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new AppError("INPUT_FILE_MISSING", `${path} cannot be read.`, { cause });
  }
  try {
    return parse(text);
  } catch (cause) {
    throw new AppError("INPUT_FORMAT_INVALID", `${path} is not YAML: ${(cause as Error).message}`, { cause });
  }
}

await runProgram(program);
