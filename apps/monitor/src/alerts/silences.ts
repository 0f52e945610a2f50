import { randomUUID } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@footfall/base";
import { parseSilence, type Silence } from "@footfall/metrics/alerts";
import { readJson, writeJson } from "./durable-json.ts";

export interface SilenceRequest {
  /** `severity="warning"`; all must match. */
  readonly matchers: readonly string[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly createdBy: string;
  readonly comment: string;
}

/** More at a time help nobody, and each round reads them all. */
const silencesMax = 1_000;

/** A file each, so that commands and a running monitor never overwrite one another's. */
const folderOf = (folder: string) => join(folder, "silences");

/** @throws AppError REQUEST_INVALID */
export async function addSilence(folder: string, request: SilenceRequest): Promise<Silence> {
  const id = randomUUID();
  const { matchers, startsAtMs, endsAtMs, createdBy, comment } = request;
  const entry = { id, matchers, startsAtMs, endsAtMs, createdBy, comment };
  const parsed = parseSilence(entry);
  if ("problems" in parsed) {
    const problems = parsed.problems.map(({ place, message }) => `${place} ${message}`);
    throw new AppError("REQUEST_INVALID", `The silence cannot be taken: ${problems.join("; ")}.`);
  }
  if ((await readSilences(folder, startsAtMs)).length >= silencesMax) {
    throw new AppError("REQUEST_INVALID", `There are ${silencesMax} silences; end some of them first.`);
  }
  await writeJson(join(folderOf(folder), `${id}.json`), entry);
  return parsed.silence;
}

/** Ends a silence now. @throws AppError REQUEST_NOT_FOUND */
export async function expireSilence(folder: string, id: string): Promise<void> {
  try {
    // An id is part of a path: nothing but what `addSilence` makes.
    if (/^[0-9a-f-]{36}$/.test(id)) return await rm(join(folderOf(folder), `${id}.json`));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  throw new AppError("REQUEST_NOT_FOUND", "There is no such silence, or it is over.");
}

/** Silences that are not over; damaged files say nothing. */
export async function readSilences(folder: string, nowMs: number): Promise<readonly Silence[]> {
  const names = await readdir(folderOf(folder)).catch(() => [] as string[]);
  const silences: Silence[] = [];
  for (const name of names.filter((each) => each.endsWith(".json"))) {
    const parsed = parseSilence(await readJson(join(folderOf(folder), name)).catch(() => undefined));
    if ("silence" in parsed && nowMs < parsed.silence.endsAtMs) silences.push(parsed.silence);
  }
  return silences;
}
