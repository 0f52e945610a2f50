import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { AppError } from "@footfall/base";
import { replaceFile } from "@footfall/runtime";
import type { FileIdentity, Fingerprint } from "./file-identity.ts";

/** One life of a file's content, and how far it has been taken. */
export interface GenerationState {
  /** Random, 128 bits, hex: unique among all agents. */
  readonly generation: string;
  /** Where the content was last seen. */
  path: string;
  /** The file that holds the content now. */
  identity: FileIdentity;
  isGzip: boolean;
  /** Its name has changed, or it is a copy: a writer may still add a little, no more. */
  isRotated: boolean;
  fingerprint: Fingerprint;
  /** The content was declared ended here before its last piece, without a line end, was given out. */
  sealedAt?: number | undefined;
  /** No file holds the content any more; kept to know its compressed copy. */
  isGone: boolean;
  /** A compressed file, read to its end. */
  isComplete: boolean;
}

export interface Checkpoint {
  readonly generations: readonly GenerationState[];
  /** Files that began like another one that is still written to, by `keyOf`: probably a copytruncate copy of it. */
  readonly copies: Readonly<Record<string, string>>;
}

const version = 1;

function checksum(body: string): string {
  return createHash("sha256").update(body).digest("hex");
}

/**
 * Replaces the checkpoint; after a crash there is the old one or the new one.
 * File: a line `{"version":1,"sha256":…}`, then the checkpoint as JSON.
 */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const body = JSON.stringify(checkpoint);
  await replaceFile(path, `${JSON.stringify({ version, sha256: checksum(body) })}\n${body}`);
}

/**
 * The last checkpoint; an empty one where there is no file.
 * @throws AppError AGENT_CHECKPOINT_CORRUPT
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { generations: [], copies: {} };
    throw error;
  }
  const end = content.indexOf("\n");
  const body = content.slice(end + 1);
  let header: { readonly version?: unknown; readonly sha256?: unknown } | null;
  try {
    header = JSON.parse(content.slice(0, Math.max(0, end))) as typeof header;
  } catch (cause) {
    throw corrupt(path, "is damaged", cause);
  }
  if (typeof header?.version === "number" && header.version > version) {
    throw corrupt(path, `has version ${header.version}, and this release knows ${version}`);
  }
  if (header?.version !== version || header.sha256 !== checksum(body)) throw corrupt(path, "is damaged");
  return JSON.parse(body) as Checkpoint;
}

function corrupt(path: string, what: string, cause?: unknown): AppError {
  const remedy = "Restore it, or delete it: all files are then sent again from their beginning, as new lines.";
  return new AppError("AGENT_CHECKPOINT_CORRUPT", `The checkpoint ${path} ${what}. ${remedy}`, {
    context: { path },
    ...(cause === undefined ? {} : { cause }),
  });
}
