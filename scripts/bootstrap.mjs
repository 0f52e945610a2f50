/**
 * Runs before `npm run demo` and `npm test`: installs what is missing and builds the tracker when its sources are
 * newer, so that a fresh clone needs one command. Plain JavaScript without a dependency, since it runs before there is
 * any.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const nodeMajorMin = 20;

/**
 * What differs between the committed lock file and what is installed (npm keeps its account in
 * `node_modules/.package-lock.json`). Optional packages may be absent: they are other platforms' binaries.
 * @param {string} root folder of the repository
 * @returns {"missing" | "outdated" | "complete"}
 */
export function installedState(root) {
  const hiddenLock = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(hiddenLock)) return "missing";
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(hiddenLock, "utf8")).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.includes("node_modules/") || entry.link) continue;
    const found = installed[path];
    if (!found && (entry.optional || entry.devOptional)) continue;
    if (!found || found.version !== entry.version) return "outdated";
  }
  return "complete";
}

/**
 * Whether `output` is absent or older than the newest file among `sources` (files or folders).
 * @param {string} output
 * @param {readonly string[]} sources
 * @returns {boolean}
 */
export function isStale(output, sources) {
  if (!existsSync(output)) return true;
  return Math.max(0, ...sources.map(newestMs)) > statSync(output).mtimeMs;
}

/** @param {string} path @returns {number} */
function newestMs(path) {
  if (!existsSync(path)) return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

/**
 * @param {string} root
 * @param {string} command
 * @param {readonly string[]} args
 * @param {boolean} isQuiet keeps what it prints; of a failure only the first lines are shown
 * @returns {boolean} whether it succeeded
 */
function run(root, command, args, isQuiet = false) {
  say(`> ${command} ${args.join(" ")}`);
  // npm is a shell script on Windows; standard output stays free for the command that comes after.
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", isQuiet ? "pipe" : 2, isQuiet ? "pipe" : 2],
    encoding: "utf8",
    shell: process.platform === "win32" && command === "npm",
  });
  if (result.status !== 0 && isQuiet) {
    const errors = result.stderr.split("\n").filter((line) => /^npm (error|ERR!) ./.test(line));
    for (const line of errors.slice(0, 4)) say(`  ${line}`);
  }
  return result.status === 0;
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}

/** @param {string} root */
function installPackages(root) {
  const state = installedState(root);
  if (state === "complete") return;
  // No package needs an install script: native parts come as prebuilt packages.
  const flags = ["--ignore-scripts", "--no-fund", "--no-audit"];
  if (state === "missing") {
    say("Installing the packages (once; about a minute).");
    if (run(root, "npm", ["ci", ...flags], true)) return;
    say("`npm ci` refused: most often a development tool has no package for some other platform in this registry.");
    say("Going on with `npm install`, which takes the same versions from the committed lock file.");
  } else {
    say("The installed packages differ from package-lock.json; bringing them up to date.");
  }
  if (run(root, "npm", ["install", "--no-save", ...flags])) return;
  say("The packages could not be installed. Check the network and the registry (`npm config get registry`).");
  process.exit(1);
}

/** @param {string} root */
function buildTracker(root) {
  const tracker = join(root, "packages", "tracker");
  const build = join(tracker, "build.mjs");
  if (!existsSync(build)) return;
  if (!isStale(join(tracker, "dist", "t.js"), [join(tracker, "src"), build])) return;
  if (run(root, process.execPath, [build])) return;
  say("The tracker could not be built; see above.");
  process.exit(1);
}

function main() {
  if (Number(process.versions.node.split(".")[0]) < nodeMajorMin) {
    say(`Footfall needs Node ${nodeMajorMin} or newer; this is ${process.version}. See https://nodejs.org/.`);
    process.exit(1);
  }
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  installPackages(root);
  buildTracker(root);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
