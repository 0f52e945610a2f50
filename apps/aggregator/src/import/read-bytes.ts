import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { AppError } from "@footfall/base";
import { Decompress } from "fzstd";

export type Compression = "none" | "gzip" | "zstd";

const chunkBytes = 1 << 18;

/** What the first bytes of a file say of it. @throws AppError INPUT_FILE_MISSING, INPUT_FORMAT_INVALID */
export async function findCompression(path: string): Promise<Compression> {
  const head = await readHead(path);
  if (startsWith(head, 0x1f, 0x8b)) return "gzip";
  if (startsWith(head, 0x28, 0xb5, 0x2f, 0xfd)) return "zstd";
  if (startsWith(head, 0x50, 0x4b, 0x03, 0x04)) {
    throw new AppError("INPUT_FORMAT_INVALID", `The file ${path} is a zip archive. Unpack it first.`);
  }
  return "none";
}

/**
 * The bytes of a file, unpacked.
 * @param onRead  told how many bytes of the file have been read
 * @throws AppError INPUT_FORMAT_INVALID where it cannot be unpacked to its end
 */
export async function* readBytes(
  { path, compression }: { readonly path: string; readonly compression: Compression },
  onRead: (bytes: number) => void = () => {},
): AsyncGenerator<Buffer> {
  const input = createReadStream(path, { highWaterMark: chunkBytes });
  try {
    for await (const chunk of unpacked(input, compression)) {
      onRead(input.bytesRead);
      yield chunk;
    }
  } catch (cause) {
    if (compression === "none" || cause instanceof AppError) throw cause;
    throw new AppError("INPUT_FORMAT_INVALID", `The file ${path} cannot be unpacked to its end: ${String(cause)}`, {
      cause,
    });
  } finally {
    input.destroy();
  }
}

async function* unpacked(input: ReturnType<typeof createReadStream>, compression: Compression): AsyncGenerator<Buffer> {
  if (compression === "none") yield* input as AsyncIterable<Buffer>;
  else if (compression === "zstd") yield* unpackZstd(input);
  else {
    const gunzip = createGunzip({ chunkSize: chunkBytes });
    input.once("error", (error) => gunzip.destroy(error));
    yield* input.pipe(gunzip) as AsyncIterable<Buffer>;
  }
}

async function* unpackZstd(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const parts: Buffer[] = [];
  const decompress = new Decompress((part) => parts.push(Buffer.from(part)));
  for await (const chunk of input) {
    decompress.push(chunk);
    yield* parts.splice(0);
  }
  decompress.push(new Uint8Array(0), true);
  yield* parts;
}

async function readHead(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new AppError("INPUT_FILE_MISSING", `The file ${path} cannot be read (${reason}). Check --file.`, { cause });
  }
}

function startsWith(head: Buffer, ...bytes: number[]): boolean {
  return bytes.every((byte, index) => head[index] === byte);
}
