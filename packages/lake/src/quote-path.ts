import { resolve } from "node:path";
import { quoteText } from "./column-type.ts";

/**
 * The path as DuckDB's readers must be given it. They take patterns, so `oct[1].csv` would read its neighbour
 * `oct1.csv`; and a path that begins with `~` or `s3:` would lead elsewhere.
 */
export function literalPath(path: string): string {
  return resolve(path).replaceAll(/[[*?]/g, "[$&]");
}

/** What `literalPath` was given, out of a message of DuckDB that finds no file for it. */
export function plainPath(literal: string): string {
  return literal.replaceAll(/\[([[*?])\]/g, "$1");
}

/** A path to be read, as a quoted SQL literal. What `COPY` writes to is no pattern: `quoteText` does there. */
export function quotePath(path: string): string {
  return quoteText(literalPath(path));
}
