import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";

export interface FileDigest {
  readonly bytes: number;
  readonly sha256: string;
}

const chunkBytes = 1_048_576;

/**
 * Copies a file's bytes into a new one and syncs it; the name becomes durable with its folder. Neither a hard link nor
 * a clone: a copy shares no block with what it is to replace one day.
 * @param mode  of the new file, less the process's umask
 */
export async function copyFile(source: string, target: string, mode: number): Promise<FileDigest> {
  return withFile(source, { flags: "r" }, (from) =>
    withFile(target, { flags: "wx", mode }, async (to) => {
      const digest = await read(from, (chunk) => to.writeFile(chunk));
      await to.sync();
      return digest;
    }),
  );
}

/** Reads a whole file. */
export async function digestOf(path: string): Promise<FileDigest> {
  return withFile(path, { flags: "r" }, (file) => read(file, () => Promise.resolve()));
}

async function read(file: FileHandle, onChunk: (chunk: Buffer) => Promise<void>): Promise<FileDigest> {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(chunkBytes);
  let bytes = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, null);
    if (bytesRead === 0) return { bytes, sha256: hash.digest("hex") };
    const chunk = buffer.subarray(0, bytesRead);
    hash.update(chunk);
    bytes += bytesRead;
    await onChunk(chunk);
  }
}

/** @param mode  of a file that is made */
export async function withFile<T>(
  path: string,
  { flags, mode }: { readonly flags: "r" | "r+" | "wx"; readonly mode?: number },
  use: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await open(path, flags, mode);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
