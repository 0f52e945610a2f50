import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Files that appear under their name only when they are complete and on disk. */

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeSynced(path: string, content: Uint8Array | string): Promise<void> {
  const handle = await open(path, "wx");
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function temporaryName(path: string): string {
  return join(dirname(path), `.${randomUUID()}.tmp`);
}

/** Creates a folder with its parents; the names of the new ones are durable. */
export async function makeFolder(folder: string): Promise<void> {
  const firstMade = await mkdir(folder, { recursive: true });
  if (firstMade === undefined) return;
  for (let made = folder; made.length >= firstMade.length; made = dirname(made)) await syncPath(dirname(made));
}

/** Writes a folder of files: temporary folder → each file synced → folder synced → renamed → parent synced. */
export async function writeFolder(folder: string, files: ReadonlyMap<string, Uint8Array | string>): Promise<void> {
  const temporary = temporaryName(folder);
  await mkdir(temporary);
  try {
    for (const [name, content] of files) await writeSynced(join(temporary, name), content);
    await syncPath(temporary);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
  await syncPath(dirname(folder));
}

/** Replaces a file at once: a reader sees the old content or the new one. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeSynced(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await syncPath(dirname(path));
}

/** Takes a folder away at once, then deletes it: no reader finds half of it under its name. */
export async function removeFolder(folder: string): Promise<void> {
  const temporary = temporaryName(folder);
  await rename(folder, temporary);
  await rm(temporary, { recursive: true, force: true });
}
