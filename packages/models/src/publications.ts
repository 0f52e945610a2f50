import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { GateVerdict } from "@footfall/similarity/gate";

/** Something that was decided about a shop's models. */
export interface Publication {
  readonly atMs: number;
  readonly modelVersion: string;
  /** `published`: by a training run; `forced`: though it was judged worse; `refused`: kept, but not served. */
  readonly how: "published" | "forced" | "refused" | "promoted" | "rolled back";
  /** What was served before. */
  readonly previous: string | null;
  /** Absent where there was nothing to judge by. */
  readonly gate?: GateVerdict;
  /** What whoever decided said. */
  readonly reason?: string;
}

export const publicationsFile = "publications.jsonl";

/** Adds a line to what became of a shop's models, before it happens. The file tells, and decides nothing. */
export function notePublication(folder: string, publication: Publication): Promise<void> {
  return appendFile(join(folder, publicationsFile), formatPublications([publication]));
}

export function formatPublications(publications: readonly Publication[]): string {
  return publications.map((publication) => `${JSON.stringify(publication)}\n`).join("");
}

/** @returns oldest first; a line that was not written whole is left out */
export async function readPublications(folder: string): Promise<Publication[]> {
  const text = await readFile(join(folder, publicationsFile), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as Publication];
    } catch {
      return [];
    }
  });
}
