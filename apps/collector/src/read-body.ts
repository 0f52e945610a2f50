import type { IncomingMessage } from "node:http";
import { createGunzip } from "node:zlib";
import { AppError } from "@footfall/base";
import { limits, quoteValue } from "@footfall/events";
import type { ByteBudget } from "./byte-budget.ts";

/** What a request holds of the budget until it is answered. */
export interface BytesHeld {
  bytes: number;
  /** What was read of the body, unpacked; where it was refused, its beginning. */
  readonly chunks: Buffer[];
}

/**
 * Reads a body, unpacked, counting what it holds against the budget as it arrives. Stops at the first byte past
 * a bound.
 * @param held  grows by what was taken from the budget; the caller gives it back, also after an error
 * @returns undefined where the client went away
 * @throws AppError EVENT_BODY_TOO_LARGE, EVENT_BODY_MALFORMED, LOG_OVERLOADED (retriable)
 */
export async function readBody(
  request: IncomingMessage,
  budget: ByteBudget,
  held: BytesHeld,
): Promise<Buffer | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > limits.bodyBytesMax) throw bodyTooLarge();
  const encoding = request.headers["content-encoding"];
  const packing = encoding === undefined ? [] : packings(encoding);
  if (packing.length === 1 && gzipNames.has(packing[0]!)) return readGzip(request, budget, held);
  const body = await collect(request, request, limits.bodyBytesMax, budget, held);
  if (body === undefined || packing.length === 0) return body;
  const message = `Send the body as gzip or plain; ${quoteValue(encoding)} is not read.`;
  throw new AppError("EVENT_BODY_MALFORMED", message);
}

/** The older name means the same (RFC 9110, section 8.4.1.3). */
const gzipNames: ReadonlySet<string> = new Set(["gzip", "x-gzip"]);

/** What has to be unpacked, in lower case: `identity`, and nothing between commas, leave a body as it is. */
function packings(encoding: string): string[] {
  const names = encoding.split(",").map((name) => name.trim().toLowerCase());
  return names.filter((name) => name !== "" && name !== "identity");
}

async function readGzip(request: IncomingMessage, budget: ByteBudget, held: BytesHeld): Promise<Buffer | undefined> {
  let packedBytes = 0;
  // Shows what came where it is no gzip; no longer than until the first bytes are unpacked.
  let packed: Buffer[] = [];
  const gunzip = createGunzip();
  request.on("data", (chunk: Buffer) => {
    packedBytes += chunk.length;
    packed = held.chunks.length === 0 ? [...packed, chunk] : [];
    if (packedBytes > limits.bodyBytesMax) gunzip.destroy(bodyTooLarge());
  });
  request.pipe(gunzip);
  try {
    return await collect(request, gunzip, limits.unpackedBytesMax, budget, held);
  } catch (error) {
    if (held.chunks.length === 0) held.chunks.push(...packed);
    throw error;
  } finally {
    request.unpipe(gunzip);
    gunzip.destroy();
  }
}

function collect(
  request: IncomingMessage,
  source: NodeJS.ReadableStream,
  bytesMax: number,
  budget: ByteBudget,
  held: BytesHeld,
): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const { chunks } = held;
    let bytes = 0;
    let isRefused = false;
    source.on("data", (chunk: Buffer) => {
      if (isRefused) return;
      bytes += chunk.length;
      isRefused = bytes > bytesMax || !budget.take(chunk.length);
      if (isRefused) return reject(bytes > bytesMax ? bodyTooLarge() : overloaded());
      held.bytes += chunk.length;
      chunks.push(chunk);
    });
    source.on("end", () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes)));
    if (source !== request) {
      source.on("error", (error: Error) => reject(error instanceof AppError ? error : notGzip(error)));
    }
    // An error is always followed by "close"; without a listener it would end the process.
    request.on("error", ignoreError);
    request.on("close", () => {
      if (!request.complete) resolve(undefined);
    });
  });
}

function ignoreError(): void {}

function bodyTooLarge(): AppError {
  const message =
    `The body exceeds ${limits.bodyBytesMax} bytes, or ${limits.unpackedBytesMax} unpacked. ` +
    "Send the events in several batches.";
  return new AppError("EVENT_BODY_TOO_LARGE", message);
}

function notGzip(cause: Error): AppError {
  return new AppError("EVENT_BODY_MALFORMED", `The body is not whole gzip data (${cause.message}).`, { cause });
}

function overloaded(): AppError {
  const message = "Too many bytes of requests are under way. Send the same batch again after Retry-After.";
  return new AppError("LOG_OVERLOADED", message, { retriable: true });
}
