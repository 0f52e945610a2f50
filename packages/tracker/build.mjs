/**
 * Builds what browsers load: `dist/t.js` (the snippet) and `dist/index.js` (the module); `--types` adds declarations.
 */
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));

/** @param {string} [outDir] folder for the two files */
export async function buildTracker(outDir = join(root, "dist")) {
  const common = { bundle: true, minify: true, target: "es2019", legalComments: "none", absWorkingDir: root };
  await Promise.all([
    build({ ...common, entryPoints: ["src/browser/snippet.ts"], outfile: join(outDir, "t.js"), format: "iife" }),
    build({ ...common, entryPoints: ["src/browser/index.ts"], outfile: join(outDir, "index.js"), format: "esm" }),
  ]);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await buildTracker();
  if (process.argv.includes("--types")) {
    const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
    const emit = ["--noEmit", "false", "--emitDeclarationOnly", "--declaration", "--rootDir", "src"];
    execFileSync(process.execPath, [tsc, "-p", root, ...emit, "--outDir", join(root, "dist/types")], {
      stdio: "inherit",
    });
  }
}
