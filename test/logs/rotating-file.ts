import { appendFile, copyFile, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const pack = promisify(gzip);

export interface RotatingWriterOptions {
  readonly path: string;
  readonly lines: readonly string[];
  readonly linesPerSecond: number;
  /** Lines after which the file is rotated. */
  readonly rotateLines: number;
}

const chunkMs = 50;
/** Rotated files kept; the older ones are compressed, and the oldest are deleted as a service would. */
const plainKept = 1;

/**
 * Writes lines as a busy service does, and rotates its file as logrotate does: by renaming, and every other time by
 * copying and truncating; then it compresses the one before.
 */
export async function writeRotating({ path, lines, linesPerSecond, rotateLines }: RotatingWriterOptions) {
  const perChunk = Math.ceil((linesPerSecond * chunkMs) / 1_000);
  let rotations = 0;
  let sinceRotation = 0;
  for (let at = 0; at < lines.length; at += perChunk) {
    const chunk = lines.slice(at, at + perChunk);
    await appendFile(path, chunk.map((line) => `${line}\n`).join(""));
    sinceRotation += chunk.length;
    if (sinceRotation >= rotateLines) {
      rotations += 1;
      sinceRotation = 0;
      await rotate(path, rotations);
    }
    await pause(chunkMs);
  }
  return rotations;
}

async function rotate(path: string, number: number): Promise<void> {
  const rotated = `${path}.${number}`;
  if (number % 2 === 1) await rename(path, rotated);
  else {
    await copyFile(path, rotated);
    await truncate(path);
  }
  const old = number - plainKept;
  if (old < 1) return;
  await writeFile(`${path}.${old}.gz`, await pack(await readFile(`${path}.${old}`)));
  await rm(`${path}.${old}`);
}
