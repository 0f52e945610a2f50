import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** The bytes of a file's content, by their place in it; of a compressed file what it unpacks to. */
export interface ByteSource {
  size(): Promise<number>;
  /** Changes whenever the content may have changed. */
  version(): Promise<string>;
  /** The bytes from `position` on; fewer than `length` where the content ends. */
  read(position: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** A file as it is. Reads by the handle, so it stays readable when it is renamed or deleted. */
export function plainSource(handle: FileHandle): ByteSource {
  return {
    size: async () => (await handle.stat()).size,
    version: async () => {
      const { size, mtimeNs } = await handle.stat({ bigint: true });
      return `${size}:${mtimeNs}`;
    },
    read: async (position, length) => {
      const size = (await handle.stat()).size;
      const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - position)));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    },
    close: () => handle.close(),
  };
}

async function* bytesOf(handle: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ;) {
    const bytes = Buffer.allocUnsafe(1 << 16);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield bytes.subarray(0, bytesRead);
  }
}

/** What is kept behind the last position read, for a step back without unpacking from the start. */
const keptBytes = 256;
/** The first bytes are compared after each read. */
const keptHeadBytes = 1024;

/**
 * A whole gzip file, unpacked as it is read. Forward reads are streamed; a step back starts again.
 * @returns undefined while the file is not whole: it is still being written, or is damaged
 */
export async function gzipSource(path: string): Promise<ByteSource | undefined> {
  const handle = await open(path, "r");
  const unpack = (): AsyncIterableIterator<Buffer> => {
    const gunzip = createGunzip();
    const packed = Readable.from(bytesOf(handle));
    packed.on("error", (error) => gunzip.destroy(error)).pipe(gunzip);
    gunzip.on("close", () => packed.destroy());
    return gunzip[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>;
  };
  let size = 0;
  let head: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of unpack()) {
      if (head.length < keptHeadBytes) head = Buffer.concat([head, chunk.subarray(0, keptHeadBytes - head.length)]);
      size += chunk.length;
    }
  } catch {
    await handle.close();
    return undefined;
  }
  let chunks: AsyncIterableIterator<Buffer> | undefined;
  let window: Buffer = Buffer.alloc(0);
  let windowStart = 0;
  return {
    size: async () => size,
    version: async () => "whole",
    read: async (position, length) => {
      if (position + length <= head.length) return head.subarray(position, position + length);
      if (chunks === undefined || position < windowStart) {
        await chunks?.return?.();
        [chunks, window, windowStart] = [unpack(), Buffer.alloc(0), 0];
      }
      const end = Math.min(size, position + length);
      while (windowStart + window.length < end) {
        const { value, done } = await chunks.next();
        if (done) break;
        const dropped = Math.min(window.length, Math.max(0, position - keptBytes - windowStart));
        window = Buffer.concat([window.subarray(dropped), value]);
        windowStart += dropped;
      }
      return window.subarray(Math.max(0, position - windowStart), Math.max(0, end - windowStart));
    },
    close: async () => {
      await chunks?.return?.();
      await handle.close();
    },
  };
}
