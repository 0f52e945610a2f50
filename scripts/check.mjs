// `npm run check`: types, lint, format, import directions, dead code and docker-compose.yml, each followed by a canary:
// a deliberate fault in test/canaries that the same tool must report. A check that cannot see is a failed check.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { composeRules } from "./check-compose/compose-rules.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const importRules = createRequire(import.meta.url)("../.dependency-cruiser.cjs").forbidden.map((rule) => rule.name);
const canaries = "test/canaries";

/** @type {{name: string, command: string[], canary: {command: string[], folder?: string, mustReport: string[]}}[]} */
const checks = [
  {
    name: "types",
    command: ["tsc", "-p", "."],
    canary: { command: ["tsc", "-p", `${canaries}/types`], mustReport: ["TS2322"] },
  },
  {
    name: "types in the browser",
    command: ["tsc", "-p", "packages/tracker"],
    canary: { command: ["tsc", "-p", `${canaries}/types`], mustReport: ["TS2322"] },
  },
  {
    name: "lint",
    command: ["oxlint", "--type-aware", "--ignore-pattern", `${canaries}/**`],
    canary: { command: ["oxlint", "--type-aware", `${canaries}/lint`], mustReport: ["no-floating-promises"] },
  },
  {
    name: "format",
    command: ["prettier", "--check", "--log-level", "warn", "."],
    canary: {
      command: ["prettier", "--check", "--ignore-path", "/dev/null", `${canaries}/format`],
      mustReport: ["unformatted.ts"],
    },
  },
  {
    name: "import directions",
    command: ["depcruise", "packages", "apps", "scripts", "bench", "test", "--exclude", `${canaries}|/dist/`],
    canary: {
      command: ["depcruise", "--config", "../../../.dependency-cruiser.cjs", "packages", "apps"],
      folder: `${canaries}/imports`,
      mustReport: importRules,
    },
  },
  {
    name: "dead code",
    command: ["knip"],
    canary: {
      command: ["knip", "--directory", `${canaries}/dead-code`],
      mustReport: ["neverImported"],
    },
  },
  {
    name: "services of docker-compose.yml",
    command: ["tsx", "scripts/check-compose.ts"],
    canary: {
      command: ["tsx", "scripts/check-compose.ts", `${canaries}/compose/docker-compose.yml`],
      mustReport: composeRules.map((rule) => `${rule}: `),
    },
  },
];

/** Runs a tool of node_modules and returns its exit code and all that it printed. */
function run(command, folder = ".") {
  const [tool, ...parameters] = command;
  const bin = fileURLToPath(new URL(`../node_modules/.bin/${tool}`, import.meta.url));
  const result = spawnSync(bin, parameters, {
    cwd: new URL(`${folder}/`, new URL("..", import.meta.url)),
    encoding: "utf8",
  });
  if (result.error) throw result.error;
  return { exitCode: result.status ?? 1, output: `${result.stdout}${result.stderr}` };
}

let failures = 0;
function report(name, isGood, output) {
  console.log(`${isGood ? "ok    " : "FAILED"} ${name}`);
  if (isGood) return;
  failures += 1;
  console.log(output.replaceAll(root, ""));
}

for (const { name, command, canary } of checks) {
  const checked = run(command);
  report(name, checked.exitCode === 0, checked.output);
  const caught = run(canary.command, canary.folder);
  const unseen = canary.mustReport.filter((text) => !caught.output.includes(text));
  const isCaught = caught.exitCode !== 0 && unseen.length === 0;
  report(`${name}: canary`, isCaught, `not reported: ${unseen.join(", ")}\n${caught.output}`);
}
process.exitCode = failures === 0 ? 0 : 1;
