import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@footfall/base";
import type { SimilarityParameters } from "@footfall/similarity";
import type { SessionBlendParameters } from "@footfall/similarity/models";
import { makeFolder, replaceFile } from "./durable-folder.ts";

/** What a search found best for a shop; training runs take it where nothing else is asked of them. */
export interface TunedParameters {
  readonly parameters: Partial<SimilarityParameters>;
  readonly blend: Partial<SessionBlendParameters>;
  /** Of the search. */
  readonly study: string;
  readonly objective: string;
  readonly value: number;
  readonly tunedAtMs: number;
}

export const tunedParametersFile = "parameters.json";

/** @param folder  a shop's models */
export async function writeTunedParameters(folder: string, tuned: TunedParameters): Promise<void> {
  await makeFolder(folder);
  await replaceFile(join(folder, tunedParametersFile), formatTunedParameters(tuned));
}

export function formatTunedParameters(tuned: TunedParameters): string {
  return `${JSON.stringify(tuned, undefined, 2)}\n`;
}

/** @returns undefined where nothing was tuned @throws AppError MODEL_CORRUPT */
export async function readTunedParameters(folder: string): Promise<TunedParameters | undefined> {
  const path = join(folder, tunedParametersFile);
  try {
    const tuned = JSON.parse(await readFile(path, "utf8")) as Partial<TunedParameters> | null;
    if (areNumbers(tuned?.parameters) && areNumbers(tuned?.blend)) return tuned as TunedParameters;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw damaged(path, cause);
  }
  throw damaged(path);
}

function areNumbers(values: unknown): boolean {
  return typeof values === "object" && values !== null && Object.values(values).every(Number.isFinite);
}

function damaged(path: string, cause?: unknown): AppError {
  return new AppError(
    "MODEL_CORRUPT",
    `${path} does not hold parameters. Delete it, or let npm run tune -- --tenant write it again.`,
    { context: { file: path }, ...(cause === undefined ? {} : { cause }) },
  );
}
