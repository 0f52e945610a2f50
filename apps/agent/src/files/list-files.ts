import { readdir } from "node:fs/promises";

/**
 * Paths that match any of the patterns, each once, sorted. A pattern is an absolute path in which `*` (any characters)
 * and `?` (one) stand within a name; they do not match a leading dot. A folder that is not there holds no files.
 */
export async function listFiles(patterns: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const pattern of patterns) {
    for (const path of await expand("", pattern.split("/").slice(1))) found.add(path);
  }
  return [...found].sort();
}

async function expand(folder: string, names: readonly string[]): Promise<string[]> {
  const [name = "", ...rest] = names;
  if (!/[*?]/.test(name)) {
    const path = `${folder}/${name}`;
    return rest.length === 0 ? [path] : await expand(path, rest);
  }
  const matcher = matcherOf(name);
  const here = (await namesIn(folder === "" ? "/" : folder)).filter(
    (entry) => matcher.test(entry) && (name.startsWith(".") || !entry.startsWith(".")),
  );
  const paths = here.map((entry) => `${folder}/${entry}`);
  if (rest.length === 0) return paths;
  const deeper: string[] = [];
  for (const path of paths) deeper.push(...(await expand(path, rest)));
  return deeper;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    // Not there, no folder, or not ours to read: the files named by it cannot be read either.
    if (["ENOENT", "ENOTDIR", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

function matcherOf(name: string): RegExp {
  const source = name
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s");
}
