import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What of a Dockerfile matters to services of its image. */
export interface Dockerfile {
  /** Images that it is made of. */
  readonly from: readonly string[];
  /** What `ENV` sets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folders that it makes, and gives to the user that the services run as. */
  readonly folders: ReadonlySet<string>;
}

/** Reads the few forms that ours has: `FROM image [AS name]`, `ENV NAME=value …`, `mkdir -p folders`, `cd folder`. */
export function readDockerfile(folder: string): Dockerfile {
  const text = readFileSync(join(folder, "Dockerfile"), "utf8");
  const from = [...text.matchAll(/^FROM\s+(\S+)/gm)].map(([, image]) => image!);
  const pairs = [...text.matchAll(/^ENV\s+(.*)$/gm)].flatMap(([, line]) => line!.trim().split(/\s+/));
  const environment = Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]));
  const folders = new Set<string>();
  for (const [, line] of text.matchAll(/^RUN\s+(.*)$/gm)) {
    let current = "/app";
    for (const step of line!.split("&&").map((part) => part.trim().split(/\s+/))) {
      if (step[0] === "cd") current = join(current, step[1]!);
      if (step[0] === "mkdir") for (const made of step.slice(2)) folders.add(join(current, made));
    }
  }
  return { from, environment, folders };
}
