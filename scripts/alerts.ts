// Shows and silences alerts, and tests their rules as `promtool test rules` does for Prometheus' own.
import { dirname, resolve } from "node:path";
import { AppError, systemClock } from "@footfall/base";
import { parseDuration, testRules } from "@footfall/metrics/alerts";
import { addSilence, readAlerts } from "@footfall/monitor";
import { readYamlFile, storageFolders } from "@footfall/runtime";
import { Command, InvalidArgumentError } from "commander";
import { formatJson, formatTable } from "./format-table.ts";
import { runProgram } from "./run-program.ts";
import { storageOption } from "./storage-option.ts";

const program = new Command("alerts").description("Works on rules of alerts; see deploy/alerts.yml.");

program
  .command("test <file>")
  .description("runs the tests of a file such as deploy/alerts.test.yml; exit code 1 where one fails")
  .action(async (path: string) => {
    const tests = await readYamlFile(path);
    let checks = 0;
    for (const rules of ruleFilesOf(tests)) {
      // Paths in a file are seen from where it lies, as promtool sees them.
      const result = testRules(await readYamlFile(resolve(dirname(path), rules)), tests);
      for (const { place, message } of result.problems) console.error(`${place} ${message}`);
      for (const { test, alertname, evalTime, diff } of result.failures) {
        console.error([`${test}: ${alertname} at ${evalTime}`, ...diff].join("\n  "));
      }
      if (result.problems.length + result.failures.length > 0) process.exitCode = 1;
      checks += result.checks - result.failures.length;
    }
    console.log(`${checks} expectations hold`);
  });

program
  .command("list")
  .description("alerts that are pending or fire, and silences, as the monitor has stored them")
  .addOption(storageOption())
  .option("--json", "JSON instead of tables", false)
  .action(async ({ storage, json }: { storage: string; json: boolean }) => {
    const found = await readAlerts(storageFolders(storage).monitor, systemClock());
    if (json) return console.log(formatJson(found));
    const alerts = found.alerts.map(({ state, activeAtMs, labels, annotations }) => ({
      state,
      since: new Date(activeAtMs).toISOString(),
      alert: labels["alertname"] ?? "",
      summary: annotations["summary"] ?? "",
    }));
    const silences = found.silences.map(({ matchers, endsAtMs, createdBy, comment }) => ({
      silence: matchers.map(({ name, op, value }) => `${name}${op}${JSON.stringify(value)}`).join(" "),
      until: new Date(endsAtMs).toISOString(),
      by: createdBy,
      comment,
    }));
    console.log([formatTable(alerts), ...(silences.length > 0 ? [formatTable(silences)] : [])].join("\n"));
  });

program
  .command("silence <matchers...>")
  .description(
    "mutes notices of alerts with such labels, as in: silence alertname=LogDiskSlow --for 2h --comment moving",
  )
  .requiredOption("--for <duration>", "how long, as 30m or 2h", duration)
  .requiredOption("--comment <text>", "why")
  .option("--by <name>", "who", process.env["USER"] ?? "operator")
  .addOption(storageOption())
  .action(async (matchers: string[], options: { storage: string; for: number; comment: string; by: string }) => {
    const { comment, by: createdBy } = options;
    const startsAtMs = systemClock();
    const request = { matchers, startsAtMs, endsAtMs: startsAtMs + options.for, createdBy, comment };
    const { id, endsAtMs } = await addSilence(storageFolders(options.storage).monitor, request);
    console.log(`${id} until ${new Date(endsAtMs).toISOString()}`);
  });

function duration(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined || durationMs === 0) throw new InvalidArgumentError("Not a duration like 30m or 2h.");
  return durationMs;
}

function ruleFilesOf(tests: unknown): readonly string[] {
  const files = (tests as { readonly rule_files?: unknown } | null)?.rule_files;
  if (Array.isArray(files) && files.length > 0 && files.every((file) => typeof file === "string")) return files;
  throw new AppError("INPUT_FORMAT_INVALID", "The file must name its rules: rule_files: [alerts.yml].");
}

await runProgram(program);
