import type { Buffer } from "node:buffer";
import { promisify } from "node:util";
import { constants, gunzipSync, gzip } from "node:zlib";
import kafkajs from "kafkajs";

const { CompressionCodecs, CompressionTypes } = kafkajs;
const compress = promisify(gzip);

/** Nobody's record batch is larger; a length that says so is a lie. */
const unpackedBytesMax = 256 * 1024 * 1024;
const unpackedBytesMin = constants.Z_MIN_CHUNK;

/**
 * Makes kafkajs unpack a record batch in one go, into a buffer of its size: by itself it unpacks it 16 KB at a time in
 * another thread and then puts the pieces together, at twice the cost for a consumer. A batch of half a MB blocks the
 * event loop for about two ms.
 */
export function installGzipCodec(): void {
  CompressionCodecs[CompressionTypes.GZIP] = () => ({
    compress: (encoder: { readonly buffer: Buffer }) => compress(encoder.buffer),
    decompress: (packed: Buffer) => Promise.resolve().then(() => unpack(packed)),
  });
}

/** @throws Error where the bytes are no gzip or have more inside than any batch */
export function unpack(packed: Buffer): Buffer {
  // A gzip member ends with the length of what is in it.
  const length = packed.length >= 4 ? packed.readUInt32LE(packed.length - 4) : 0;
  const chunkSize = Math.max(unpackedBytesMin, Math.min(length + 1, unpackedBytesMax));
  return gunzipSync(packed, { chunkSize, maxOutputLength: unpackedBytesMax });
}
