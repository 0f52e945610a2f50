import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** Paths of the files that git tracks or would track, relative to the project's root. */
export function projectFiles(): readonly string[] {
  const output = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  return output
    .split("\n")
    .filter((path) => path !== "" && statSync(join(root, path), { throwIfNoEntry: false })?.isFile());
}

export function readProjectFile(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
