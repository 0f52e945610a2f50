import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * These are hundreds of small files each, and loading them took most of a program's start. All other packages are
 * loaded from node_modules as they are.
 */
const bundledPackages = /^(@sinclair\/typebox|apache-arrow|flatbuffers|tslib)(\/|$)/;
/** A process that runs may still load parts of what was built before. */
const keptForMs = 86_400_000;

/**
 * Bundles every app, script and thread unless it was done for these very sources: a program then starts in a fraction
 * of the time that its single files take.
 * @param {string} root folder of the repository
 * @returns {Promise<string>} the folder of the bundles; they lie as their sources do
 */
export async function buildPrograms(root) {
  const programs = join(root, "dist", "programs");
  const sources = listSources(root);
  const built = join(programs, keyOf(root, sources));
  if (existsSync(built)) return built;
  await mkdir(programs, { recursive: true });
  await removeOld(programs);
  const unfinished = `${built}.${process.pid}`;
  await bundle(root, sources.filter(isProgram), unfinished);
  try {
    await rename(unfinished, built);
  } catch (error) {
    // Somebody else was faster.
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(built)) throw error;
  }
  return built;
}

/** @param {string} path from the root */
function isProgram(path) {
  return /^(scripts\/[^/]+|apps\/[^/]+\/src\/(main|learn-worker))\.ts$/.test(path);
}

/** @param {string} root @returns {string[]} paths from the root, sorted */
function listSources(root) {
  const folders = ["apps", "packages"].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(root, group, name, "src")),
  );
  return [join(root, "scripts"), ...folders]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))))
    .filter((path) => /\.(ts|mjs)$/.test(path))
    .map((path) => relative(root, path))
    .sort();
}

/**
 * Contents, not times: copies of the folder, as in images, keep their bundles.
 * @param {string} root
 * @param {string[]} sources
 */
function keyOf(root, sources) {
  const hash = createHash("sha256").update(resolve(root));
  for (const path of [...sources, "package-lock.json"]) hash.update(path).update(readFileSync(join(root, path)));
  return hash.digest("hex").slice(0, 16);
}

/** @param {string} root @param {string[]} entryPoints @param {string} outdir */
async function bundle(root, entryPoints, outdir) {
  const { build, stop } = await import("esbuild");
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    outbase: root,
    bundle: true,
    splitting: true,
    platform: "node",
    target: "node20",
    format: "esm",
    sourcemap: "linked",
    sourcesContent: false,
    logLevel: "error",
    plugins: [{ name: "footfall", setup }],
  });
  await stop();
}

/** @param {import("esbuild").PluginBuild} plugin */
function setup(plugin) {
  plugin.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
    const isInside = kind === "entry-point" || path.startsWith("@footfall/") || bundledPackages.test(path);
    return isInside ? undefined : { path, external: true };
  });
  // Files beside a source are looked for beside the source.
  plugin.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
    const text = await readFile(path, "utf8");
    const place = JSON.stringify(pathToFileURL(path).href);
    return { contents: text.replaceAll("import.meta.url", place), loader: "ts" };
  });
}

/** @param {string} programs */
async function removeOld(programs) {
  for (const name of await readdir(programs)) {
    const { mtimeMs } = await stat(join(programs, name));
    if (Date.now() - mtimeMs > keptForMs) await rm(join(programs, name), { recursive: true, force: true });
  }
}
