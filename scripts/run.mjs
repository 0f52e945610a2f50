// Runs a program of this project, bundled first where that was not done: `node scripts/run.mjs scripts/lake.ts …`.
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildPrograms } from "./build-programs.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [program] = process.argv.splice(2, 1);
if (program === undefined) throw new Error("Say which program: node scripts/run.mjs apps/collector/src/main.ts");
process.argv[1] = resolve(root, program);
// So that errors name lines of the sources.
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(await buildPrograms(root), program.replace(/\.ts$/, ".js"))).href);
