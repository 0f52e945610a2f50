import type { EventId } from "./brand.ts";
import type { Random } from "./random.ts";

const canonicalUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the text is a UUID in canonical lower-case form, of any version. */
export function isUuid(text: string): text is EventId {
  return canonicalUuid.test(text);
}

/**
 * A version 7 UUID (RFC 9562, section 5.7): 48 bits of time, 74 random bits.
 * @param timeMs  milliseconds since the epoch, 0 to 2^48 - 1
 * @param random  source of the random bits
 */
export function uuidv7(timeMs: number, random: Random): EventId {
  const high = Math.floor(timeMs / 4_294_967_296);
  const first = words(high, Math.floor(timeMs / 65_536) & 0xffff);
  const version = 0x7000 | (wordOf(random) & 0x0fff);
  const variant = 0x8000 | (wordOf(random) & 0x3fff);
  const last = words(wordOf(random), wordOf(random)) + word(wordOf(random));
  return `${first}-${word(timeMs % 65_536)}-${word(version)}-${word(variant)}-${last}` as EventId;
}

/** Two hexadecimal digits of each byte: a table, because every answer and every event gets an id. */
const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function word(value: number): string {
  return hexOfByte[value >>> 8]! + hexOfByte[value & 0xff]!;
}

function words(left: number, right: number): string {
  return word(left) + word(right);
}

function wordOf(random: Random): number {
  return (random() * 65_536) | 0;
}
