import { Buffer } from "node:buffer";

const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;

/**
 * Kafka's murmur2 (32 bit, seed 0x9747b28c), as its Java client's default partitioner computes it.
 * Source of the formula: MurmurHash2 by Austin Appleby; seed and byte order from Kafka's `Utils.murmur2`.
 * @returns a signed 32-bit number
 */
export function murmur2(bytes: Uint8Array, length = bytes.length): number {
  let hash = seed ^ length;
  const wordsEnd = length & ~3;
  for (let i = 0; i < wordsEnd; i += 4) {
    let word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    word = Math.imul(word, multiplier);
    word ^= word >>> 24;
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier);
  }
  const rest = length & 3;
  if (rest === 3) hash ^= bytes[wordsEnd + 2]! << 16;
  if (rest >= 2) hash ^= bytes[wordsEnd + 1]! << 8;
  if (rest >= 1) hash = Math.imul(hash ^ bytes[wordsEnd]!, multiplier);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, multiplier);
  return (hash ^ (hash >>> 15)) | 0;
}

/** The partition of a key given as `length` UTF-8 bytes: murmur2 without its sign, modulo the partitions. */
export function partitionOfKeyBytes(bytes: Uint8Array, length: number, partitions: number): number {
  return (murmur2(bytes, length) & 0x7fffffff) % partitions;
}

/** The partition that both adapters, and Kafka's Java clients, choose for a key. */
export function partitionOfKey(key: string, partitions: number): number {
  const bytes = Buffer.from(key, "utf8");
  return partitionOfKeyBytes(bytes, bytes.length, partitions);
}
