import { Readable } from "node:stream";
import { TextDecoder } from "node:util";
import { createGunzip } from "node:zlib";
import { AppError } from "@footfall/base";

const chunkBytes = 1 << 16;
const headBytes = 256;
const packed: readonly (readonly [string, readonly number[]])[] = [
  ["a zip archive", [0x50, 0x4b, 0x03, 0x04]],
  ["packed with zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["packed with xz", [0xfd, 0x37, 0x7a, 0x58]],
];

export interface TextOptions {
  /** The feed's name, for messages. */
  readonly name: string;
  /** As `TextDecoder` takes it; a byte order mark counts more, an XML declaration less. Default UTF-8. */
  readonly encoding?: string;
}

/**
 * The text of a feed, in pieces: unpacked where it is gzip, and without its byte order mark. What is no text in its
 * encoding comes as U+FFFD.
 * @throws AppError INPUT_FORMAT_INVALID  packed otherwise, cut off, or no text
 */
export async function* feedText(bytes: AsyncIterable<Uint8Array>, options: TextOptions): AsyncGenerator<string> {
  const { head, all } = await peek(bytes);
  if (startsWith(head, [0x1f, 0x8b])) {
    yield* plainText(await peek(gunzip(all, options.name)), options);
    return;
  }
  for (const [what, magic] of packed) {
    if (startsWith(head, magic)) throw invalid(options.name, `is ${what}: unpack it first`);
  }
  yield* plainText({ head, all }, options);
}

async function* plainText(
  { head, all }: { readonly head: Buffer; readonly all: AsyncIterable<Uint8Array> },
  { name, encoding }: TextOptions,
): AsyncGenerator<string> {
  const found = findEncoding(head, encoding);
  if (!found.startsWith("utf-16") && head.includes(0)) throw invalid(name, "is no text: it holds zero bytes");
  const decoder = decoderOf(found, name);
  for await (const chunk of all) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== "") yield text;
  }
  const rest = decoder.decode();
  if (rest !== "") yield rest;
}

async function* gunzip(all: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const source = Readable.from(all);
  const unpack = createGunzip({ chunkSize: chunkBytes });
  let failure: unknown;
  source.once("error", (error) => {
    failure = error;
    unpack.destroy(error);
  });
  try {
    yield* source.pipe(unpack) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    if (failure !== undefined) throw failure;
    throw invalid(name, `is cut off or damaged: ${(cause as Error).message}. Fetch it again`, cause);
  } finally {
    source.destroy();
  }
}

function findEncoding(head: Buffer, asked: string | undefined): string {
  if (startsWith(head, [0xff, 0xfe])) return "utf-16le";
  if (startsWith(head, [0xfe, 0xff])) return "utf-16be";
  if (asked !== undefined) return asked;
  const [, declared] = /^[^<]{0,4}<\?xml[^>]*?encoding=["']([\w.:-]+)["']/.exec(head.toString("latin1")) ?? [];
  return declared?.toLowerCase() ?? "utf-8";
}

function decoderOf(encoding: string, name: string): TextDecoder {
  try {
    return new TextDecoder(encoding);
  } catch (cause) {
    throw invalid(name, `has an encoding that is not known: ${encoding}. Set --encoding, or convert it`, cause);
  }
}

/** The first bytes, and all of them again. */
async function peek(bytes: AsyncIterable<Uint8Array>) {
  const iterator = bytes[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let length = 0;
  while (length < headBytes) {
    const next = await iterator.next();
    if (next.done) break;
    first.push(next.value);
    length += next.value.length;
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* first.splice(0);
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head: Buffer.concat(first).subarray(0, headBytes), all: all() };
}

function startsWith(head: Buffer, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => head[index] === byte);
}

/** What is wrong with a feed as a whole. */
export function invalid(name: string, problem: string, cause?: unknown): AppError {
  return new AppError("INPUT_FORMAT_INVALID", `The feed ${name} ${problem}.`, { cause, context: { feed: name } });
}
